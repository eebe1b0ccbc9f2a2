/**
 * 網頁上的正體中文字句，與 en.js 的鍵與參數相同。
 */

const number = new Intl.NumberFormat("zh-Hant");

/** @param {string} name @param {number} others */
function people(name, others) {
  return others === 0 ? `「${name}」` : `「${name}」和另外 ${number.format(others)} 人`;
}

/** @type {typeof import("./en.js").default} */
export default {
  language: "繁體中文",

  settings: "設定",
  look: "外觀",
  look_system: "跟隨系統",
  look_light: "淺色",
  look_dark: "深色",
  languages: "語言",

  index_title: "Chat Rooms",
  index_heading: "想進哪一間聊天室？",
  index_lead: "輸入相同名稱的人，就會在同一間聊天室相遇，不必註冊，也不必安裝。",
  room_name: "聊天室名稱",
  enter: "進入",
  suggestion: "或者開一間別人猜不到的新聊天室：",
  suggestion_another: "換一個",
  visited: "你去過的聊天室",
  visited_note: "只記在這個瀏覽器裡。",
  forget: (room) => `忘記「${room}」`,
  forget_all: "全部忘記",
  forgotten: "已忘記。",

  room_empty: "請輸入聊天室名稱。",
  room_too_long: (most) => `聊天室名稱最多 ${most} 個字元。`,
  room_control_character: "聊天室名稱不能含有控制字元。",
  room_dots: "聊天室不能叫「.」或「..」：網址無法表示這個名稱。",
  room_malformed: "聊天室名稱必須是有效的 Unicode 文字。",
  room_encoding: "網址中的聊天室名稱不是有效的 UTF-8 百分號編碼。",

  to_rooms: "回到聊天室列表",
  error_400: "無效的請求",
  error_404: "找不到網頁",
  error_405: "不允許的方法",
  error_426: "需要升級連線",
  error_500: "伺服器發生錯誤",
  detail_400: "這個請求無效。",
  detail_404: "這個網址沒有網頁。",
  detail_405: "這個網址只能讀取。",
  detail_426: "這個網址是給 WebSocket 用的。",
  detail_500: "這裡出了問題，已經記錄下來了。",

  room_title: "Chat Room",
  home: "Parley：所有聊天室",
  no_scripts: "這間聊天室需要 JavaScript。請為這個網站開啟它，然後重新載入網頁。",
  messages: "訊息",
  message: "訊息",
  write: "輸入訊息",
  send: "傳送",

  connecting: "連線中…",
  connected: "已連線",
  connected_again: "已恢復連線",
  reconnecting: "重新連線中",
  offline: "目前離線，稍後重試",
  in_seconds: (seconds) => `（${seconds} 秒後）`,
  disconnected: "已中斷連線",
  try_now: "立即重試",

  you: "你",
  guest: "訪客",
  sending: "傳送中…",
  not_sent: (why) => `未送出：${why}`,
  send_again: "重新傳送",
  rewrite: "改寫",
  discard: "捨棄",
  nothing_said: "還沒有人說話。",
  nothing_kept: "之前說過的話沒有保留。",
  gap: "這裡可能遺漏了一些訊息",
  unread: "你離開後的新訊息",
  new_messages: (count) => `${number.format(count)} 則新訊息`,
  to_newest: "到最新訊息",
  joined: (name, others) => `${people(name, others)}進來了`,
  left: (name, others) => `${people(name, others)}離開了`,
  renamed: (before, name) => `「${before}」改名為「${name}」`,
  renamed_you: (name) => `你改名為「${name}」`,
  listed: (parts) => parts.join(" · "),

  refused_bad_message: "伺服器無法讀取這則訊息。",
  refused_too_big: "訊息太長了。",
  refused_rate: "一次送出太多訊息了。",
  refused_unavailable: "伺服器目前無法接收訊息。",
  refused_name_empty: "名稱要有看得見的字。",
  refused_name_characters: "名稱不能含有控制字元或改變文字方向的字元。",
  refused_name_too_long: (most) => `名稱最多 ${most} 個字元。`,
  refused_name_taken: "這裡已經有人用這個名稱了。",

  people: "成員",
  here: (count) => `${number.format(count)} 人在線上`,
  itself: "你",
  too_many: "人數太多，無法逐一列出。",
  your_name: "你的名稱",
  change_name: "更改",
  name_changed: (name) => `你現在叫做「${name}」。`,
  name_waits: "連線後就會更改。",
  close: "關閉",
  typing_one: (name) => `「${name}」正在輸入…`,
  typing_two: (one, two) => `「${one}」和「${two}」正在輸入…`,
  typing_several: "好幾個人正在輸入…",

  characters_left: (count) => `還可輸入 ${number.format(count)} 個字元`,
  too_long: (count) => `超出 ${number.format(count)} 個字元`,
  slow_down: (rate) => `每秒最多 ${number.format(rate)} 則訊息，其餘的會自動接著傳送。`,
  server_busy: "伺服器目前無法接收訊息，稍後會自動傳送。",

  notices: "不在這個頁面時",
  sound: "播放提示音",
  notify: "顯示桌面通知",
  notify_denied: "瀏覽器不允許這個網頁顯示通知。",
  said_by: (name, room) => `${name}（${room}）`,

  invite: "邀請",
  invite_somebody: "邀請別人加入",
  link: "這間聊天室的連結",
  copy: "複製",
  copied: "已複製。",
  copy_failed: "無法複製：連結已選取，請自行複製。",
  share: "分享…",
  qr_code: "連結的 QR Code",
};
