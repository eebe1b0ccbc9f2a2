/// <reference lib="dom" />
/**
 * Elements of the page: found and made.
 */

/**
 * The page's one element of that selector and class.
 *
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(selector, type) {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`Cannot find "${selector}": not on the page`);
  return found;
}

/**
 * A new element; strings become text nodes.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {...(Node | string)} content
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, className, ...content) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...content);
  return node;
}

/**
 * A button that does not submit.
 *
 * @param {string} className
 * @param {string} label
 * @param {() => void} onClick
 */
export function button(className, label, onClick) {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/**
 * Does what "autofocus" may do with the next frame only.
 *
 * @param {HTMLElement} element
 */
export function focusFirst(element) {
  if (document.activeElement === document.body) element.focus();
}
