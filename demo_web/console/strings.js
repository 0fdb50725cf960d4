/**
 * Every word that the console says by itself.
 */

import { filled } from "../strings.js";

/** @typedef {import("../strings.js").Language} Language */
/** @typedef {keyof typeof EN} Key */

const EN = {
  console: "Console",
  signOut: "Sign out",
  "signIn.title": "Operator’s key",
  "signIn.text": "This server has an api_key. It stays in this tab and is forgotten when you close it.",
  "signIn.label": "server.api_key",
  "signIn.button": "Open the console",
  "signIn.wrong": "The server does not accept this key.",
  sessions: "Sessions",
  create: "New session",
  noSessions: "No session is open. A session costs money while it is open.",
  choose: "Choose a session to see what it is doing.",
  unreachable: "The server does not answer. Trying again…",
  speaking: "speaking",
  watchers: "{count} attached",
  "link.lost": "events interrupted, reconnecting",
  reset: "Forget the visitor",
  close: "Close session",
  picture: "Picture",
  watch: "Show",
  unwatch: "Hide",
  sound: "Sound",
  "picture.off": "Not shown. It costs the cloud nothing, but this computer some work.",
  "picture.starting": "Connecting…",
  "picture.failed": "No picture: {message}",
  "say.label": "Have it say",
  "say.button": "Say",
  "say.now": "Say it now",
  interrupt: "Interrupt",
  timings: "Latency, ms",
  "timings.stage": "Stage",
  "timings.count": "Count",
  "stage.sending": "accepted → sent",
  "stage.starting": "sent → speaking",
  "stage.stopping": "stop → silent",
  facts: "Facts",
  "facts.id": "Session",
  "facts.user": "User",
  "facts.cloud": "Cloud session",
  "facts.mode": "Mode",
  "facts.dialog": "Dialog",
  "facts.age": "Open for",
  "facts.attached": "Attached clients",
  "facts.reason": "Reason",
  passages: "Utterances",
  "passages.status": "Status",
  "passages.text": "Text",
  "passages.none": "Nothing has been said since this page looked.",
  feed: "Events",
  "feed.filter": "Filter",
  "feed.filterHint": "Filter, e.g. utterance",
  "feed.hold": "Hold",
  "feed.copy": "Copy as JSON",
  "feed.copied": "Copied",
  "confirm.title": "Close this session?",
  "confirm.text": "The avatar disappears for everybody who looks at it, and what it is saying ends.",
  "confirm.no": "Keep it open",
};

/** @type {Record<Key, string>} */
const ZH = {
  console: "控制台",
  signOut: "退出",
  "signIn.title": "管理员密钥",
  "signIn.text": "此服务器设置了 api_key。密钥只保存在本标签页，关闭后即被清除。",
  "signIn.label": "server.api_key",
  "signIn.button": "进入控制台",
  "signIn.wrong": "服务器不接受这个密钥。",
  sessions: "会话",
  create: "新建会话",
  noSessions: "目前没有会话。会话打开期间会产生费用。",
  choose: "选择一个会话，查看它正在做什么。",
  unreachable: "服务器没有响应，正在重试…",
  speaking: "正在说话",
  watchers: "{count} 个连接",
  "link.lost": "事件中断，正在重新连接",
  reset: "忘记访客",
  close: "关闭会话",
  picture: "画面",
  watch: "显示",
  unwatch: "隐藏",
  sound: "声音",
  "picture.off": "未显示。不增加云端费用，但会占用本机资源。",
  "picture.starting": "正在连接…",
  "picture.failed": "没有画面：{message}",
  "say.label": "让它说",
  "say.button": "播报",
  "say.now": "立即播报",
  interrupt: "打断",
  timings: "延迟（毫秒）",
  "timings.stage": "阶段",
  "timings.count": "次数",
  "stage.sending": "接受 → 发送",
  "stage.starting": "发送 → 开口",
  "stage.stopping": "打断 → 安静",
  facts: "信息",
  "facts.id": "会话",
  "facts.user": "用户",
  "facts.cloud": "云端会话",
  "facts.mode": "模式",
  "facts.dialog": "对话",
  "facts.age": "已打开",
  "facts.attached": "已连接客户端",
  "facts.reason": "原因",
  passages: "播报",
  "passages.status": "状态",
  "passages.text": "文本",
  "passages.none": "打开本页以来还没有播报。",
  feed: "事件",
  "feed.filter": "筛选",
  "feed.filterHint": "筛选，例如 utterance",
  "feed.hold": "暂停",
  "feed.copy": "复制为 JSON",
  "feed.copied": "已复制",
  "confirm.title": "关闭这个会话？",
  "confirm.text": "所有正在观看的人都将看不到数字人，正在说的话也会结束。",
  "confirm.no": "保持打开",
};

const TABLES = { en: EN, zh: ZH };

/**
 * @param {Language} language
 * @param {Key} key
 * @param {Record<string, string | number>} [values] for the `{names}` in the text
 * @returns {string}
 */
export function translate(language, key, values = {}) {
  return filled(TABLES[language][key], values);
}
