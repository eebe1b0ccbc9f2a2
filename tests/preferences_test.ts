// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Language, preferencesOf } from "../server/preferences.ts";
import { TestApp } from "./support/test_app.ts";

const HTML = { accept: "text/html" };

const ACCEPTED: [header: string, language: Language][] = [
  ["en-US,en;q=0.9", "en"],
  ["zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"],
  ["zh-Hant-HK", "zh-Hant"],
  ["zh-CN,zh;q=0.9", "zh-Hant"],
  ["de,zh-HK;q=0.8,en;q=0.2", "zh-Hant"],
  ["de,fr", "en"],
  ["*", "en"],
  ["", "en"],
  ["zh;q=0, en", "en"],
  [";;;=,", "en"],
];
for (const [header, language] of ACCEPTED) {
  Deno.test(`preferences: Accept-Language "${header}" is ${language}`, () => {
    const request = new Request("http://a.example", { headers: { "accept-language": header } });
    assertEquals(preferencesOf(request), { language, look: undefined });
  });
}

const COOKIES: [cookie: string, expected: unknown][] = [
  ["lang=zh-Hant; look=dark", { language: "zh-Hant", look: "dark" }],
  ["look=light", { language: "en", look: "light" }],
  ["lang=xx; look=pink", { language: "en", look: undefined }],
  ["lang=__proto__; look=", { language: "en", look: undefined }],
  ["lang=toString", { language: "en", look: undefined }],
  [";;=;a", { language: "en", look: undefined }],
];
for (const [cookie, expected] of COOKIES) {
  Deno.test(`preferences: the cookie "${cookie}"`, () => {
    const headers = { cookie, "accept-language": "en" };
    assertEquals(preferencesOf(new Request("http://a.example", { headers })), expected);
  });
}

Deno.test("preferences: pages and errors are in the language asked for, and caches know", async () => {
  await using test = new TestApp();
  for (const path of ["/", "/chat/x/", "/chat/%00/", "/nowhere"]) {
    const headers = { ...HTML, "accept-language": "zh-TW", cookie: "look=dark" };
    const response = await test.request(path, { headers });
    const body = await response.text();
    assertStringIncludes(body, '<html lang="zh-Hant" data-look="dark">');
    assertStringIncludes(body, "聊天室");
    assertEquals(response.headers.get("content-language"), "zh-Hant");
    const vary = response.headers.get("vary")!;
    for (const name of ["accept-language", "cookie", "accept-encoding"]) {
      assertStringIncludes(vary, name);
    }
  }
});

Deno.test("preferences: the page asks for the texts of its own language alone", async () => {
  await using test = new TestApp();
  for (const [tag, other] of [["en", "zh-Hant"], ["zh-Hant", "en"]]) {
    const headers = { "accept-language": tag! };
    const body = await (await test.request("/chat/x/", { headers })).text();
    assertStringIncludes(body, `/languages/${tag}.js`);
    assert(!body.includes(`/languages/${other}.js`));
  }
});

Deno.test("preferences: the switch leads back to the same page, and nowhere else", async () => {
  await using test = new TestApp();
  for (const path of ["/", "/chat/", "/chat/a%2Fb%20c/", "/chat/%2F%2Fevil.example/"]) {
    const response = await test.request(`${path}?lang=zh-Hant&next=//evil.example`);
    assertEquals([response.status, response.headers.get("location")], [303, path]);
    assertEquals(
      response.headers.get("set-cookie"),
      "lang=zh-Hant; Path=/; Max-Age=31536000; SameSite=Lax",
    );
  }
  for (const query of ["?lang=xx", "?lang=", "?lang=__proto__"]) {
    const response = await test.request(`/chat/x/${query}`);
    assertEquals([response.status, response.headers.get("set-cookie")], [200, null]);
    await response.body?.cancel();
  }
});
