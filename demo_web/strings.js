/**
 * Every word that the pages say by themselves, in the languages that they speak.
 */

/** @typedef {"en" | "zh"} Language */
/** @typedef {keyof typeof EN} Key */

const EN = {
  title: "Avatar",
  greeting: "Hello! Ask\u00a0me\u00a0anything.",
  greetingNote: "Type a question, and I will answer in person.",
  greetingNoteVoice: "Hold the microphone while you speak, or type; I will answer in person.",
  greetingNoteHandsFree: "Just speak, or type; I will answer in person.",
  "status.connecting": "Connecting…",
  "status.queued": "Waiting for a place…",
  "status.queuedAt": "Number {position} in line",
  "status.preparing": "Getting ready…",
  "status.ready": "Ready",
  "status.listening": "Listening…",
  "status.thinking": "Thinking…",
  "status.speaking": "Speaking",
  "status.reconnecting": "Reconnecting…",
  "status.away": "Away for a moment…",
  "status.paused": "Taking a break",
  "status.ended": "Ended",
  "status.error": "Not available",
  "question.label": "Your question",
  "question.placeholder": "Ask a question…",
  "question.placeholderVoice": "Speak or type…",
  "question.tooLong": "That is a whole story! Please shorten it to {limit} characters; it has {length} now.",
  "question.wait": "One moment: I can take your question as soon as I am back.",
  "question.failed": "Your question did not get through. Please send it again.",
  "question.broken": "Something cut me off. Please ask me once more.",
  "question.busy": "I still have several questions to answer. Please try again in a moment.",
  "question.noAnswer": "I could not find an answer to that.",
  "microphone.denied": "I may not listen: allow the microphone in the browser’s address bar, then try again.",
  "microphone.missing": "There is no microphone here. You can type instead.",
  "microphone.busy": "Another program is using the microphone. Close it, then try again.",
  "microphone.insecure": "Browsers allow a microphone only on pages that come by https.",
  "microphone.unsupported": "This browser has no way to listen. You can type instead.",
  "microphone.lost": "The microphone is gone. Plug it in again, or choose another one.",
  "microphone.deaf": "I can’t understand speech right now. Please try again, or type.",
  "microphone.elsewhere": "Somebody else has begun to speak with me. Press the microphone to go on here.",
  "microphone.talk": "Talk: hold while you speak, or tap (space bar)",
  "microphone.letGo": "Let go when you have finished",
  "microphone.stop": "Stop listening",
  "microphone.opening": "One moment…",
  "microphone.listening": "I’m listening…",
  "microphone.held": "I’m listening… Let go when you have finished.",
  handsFree: "Hands-free",
  handsFreeLabel: "Hands-free: the microphone stays open",
  suggestions: "Suggested questions",
  conversation: "Conversation",
  board: "Beside the answer",
  "board.close": "Close",
  "board.image": "Picture",
  you: "You",
  avatar: "Avatar",
  stopped: "stopped",
  send: "Send",
  stop: "Stop",
  stopLabel: "Stop speaking (Escape)",
  mute: "Turn sound off",
  unmute: "Turn sound on",
  tapForSound: "Tap for sound",
  fullscreen: "Full screen",
  exitFullscreen: "Leave full screen",
  controls: "Settings",
  picture: "Video of the avatar",
  "action.retry": "Try again",
  "action.again": "Try again",
  "action.renew": "New conversation",
  "action.picture": "Try again",
  details: "For the operator",
  "trouble.offline.title": "I can’t be reached",
  "trouble.offline.text": "The connection to my server is missing. This page keeps trying by itself.",
  "trouble.setup.title": "I am not set up yet",
  "trouble.setup.text": "The service that brings me here does not accept this installation’s key. Please tell the staff.",
  "trouble.link.title": "I can’t let you in here",
  "trouble.link.text": "This screen needs a new link to me. Please tell the staff.",
  "trouble.clock.title": "The clock here is wrong",
  "trouble.clock.text": "The time on this installation’s server is too far off for me to appear. Please tell the staff.",
  "trouble.project.title": "I could not be found",
  "trouble.project.text": "The avatar that is set up here does not exist. Please tell the staff.",
  "trouble.full.title": "All places are taken",
  "trouble.full.text": "Others are talking with me right now. It will be your turn soon; this page keeps trying.",
  "trouble.cloud.title": "I can’t come right now",
  "trouble.cloud.text": "The service that brings me here is not answering. This page keeps trying by itself.",
  "trouble.slow.title": "This is taking too long",
  "trouble.slow.text": "I was not ready in time. Please try once more.",
  "trouble.other.title": "Something went wrong",
  "trouble.other.text": "I am sorry about that. Please try once more.",
  "trouble.ended.title": "Our conversation has ended",
  "trouble.ended.text": "I would be glad to begin another.",
  "trouble.lost.title": "The connection is gone",
  "trouble.lost.text": "I am trying to get it back. What you typed is kept.",
  "trouble.away.title": "I am away for a moment",
  "trouble.away.text": "My connection was lost, and I am on my way back. You can go on typing.",
  "trouble.paused.title": "I am taking a break",
  "trouble.paused.text": "Begin a new conversation to wake me up.",
  "trouble.picture.title": "No picture right now",
  "trouble.picture.text": "I still answer; what I say appears as text.",
  "start.title": "A digital human, ready to talk",
  "start.text": "This server puts an avatar in front of people: it speaks what it is given, and tells you what it is doing.",
  "start.kiosk": "Talk to the avatar",
  "start.kioskNote": "One full-screen page for a lobby, a laptop or a phone.",
  "start.host": "Live host",
  "start.hostNote": "A script, your own voice when you speak, and the audience: for a stream.",
  "start.console": "The console",
  "start.consoleNote": "For the operator: every session, what it says, and how fast.",
  "start.api": "The interface",
  "start.apiNote": "Sessions, speech and events over plain HTTP.",
};

/** @type {Record<keyof typeof EN, string>} */
const ZH = {
  title: "数字人",
  greeting: "你好！想问我什么？",
  greetingNote: "输入问题，我会当面回答你。",
  greetingNoteVoice: "按住麦克风说话，或输入问题，我会当面回答你。",
  greetingNoteHandsFree: "直接说话，或输入问题，我会当面回答你。",
  "status.connecting": "正在连接…",
  "status.queued": "正在排队…",
  "status.queuedAt": "排队中，第 {position} 位",
  "status.preparing": "正在准备…",
  "status.ready": "准备好了",
  "status.listening": "正在听…",
  "status.thinking": "正在思考…",
  "status.speaking": "正在说话",
  "status.reconnecting": "正在重新连接…",
  "status.away": "暂时离开…",
  "status.paused": "休息中",
  "status.ended": "已结束",
  "status.error": "暂不可用",
  "question.label": "你的问题",
  "question.placeholder": "请输入问题…",
  "question.placeholderVoice": "请说话或输入…",
  "question.tooLong": "这都够写一本书啦！请缩短到 {limit} 字以内，现在有 {length} 字。",
  "question.wait": "请稍等，我一回来就可以回答你。",
  "question.failed": "问题没有发送成功，请再发一次。",
  "question.broken": "我的话被意外打断了，请再问一次。",
  "question.busy": "我还有几个问题要回答，请稍后再试。",
  "question.noAnswer": "抱歉，这个问题我没有找到答案。",
  "microphone.denied": "我还不能听：请在浏览器地址栏允许使用麦克风，然后重试。",
  "microphone.missing": "这里没有麦克风，你可以打字。",
  "microphone.busy": "麦克风正被其他程序使用，请关闭那个程序后重试。",
  "microphone.insecure": "浏览器只允许 https 页面使用麦克风。",
  "microphone.unsupported": "这个浏览器不支持语音输入，你可以打字。",
  "microphone.lost": "麦克风断开了，请重新接上，或换一个麦克风。",
  "microphone.deaf": "我现在听不懂语音，请再试一次，或打字。",
  "microphone.elsewhere": "有人在别处开始和我说话。按麦克风可在这里继续。",
  "microphone.talk": "说话：按住麦克风，或点一下（空格键）",
  "microphone.letGo": "说完后松开",
  "microphone.stop": "停止聆听",
  "microphone.opening": "请稍等…",
  "microphone.listening": "我在听…",
  "microphone.held": "我在听…说完后请松开。",
  handsFree: "免按键",
  handsFreeLabel: "免按键：麦克风一直开着",
  suggestions: "推荐问题",
  conversation: "对话",
  board: "回答的附加内容",
  "board.close": "关闭",
  "board.image": "图片",
  you: "你",
  avatar: "数字人",
  stopped: "已停止",
  send: "发送",
  stop: "停止",
  stopLabel: "停止说话（Esc 键）",
  mute: "关闭声音",
  unmute: "打开声音",
  tapForSound: "点击打开声音",
  fullscreen: "全屏",
  exitFullscreen: "退出全屏",
  controls: "设置",
  picture: "数字人视频",
  "action.retry": "重试",
  "action.again": "重试",
  "action.renew": "重新开始对话",
  "action.picture": "重试",
  details: "给工作人员",
  "trouble.offline.title": "暂时联系不上我",
  "trouble.offline.text": "与服务器的连接断开了，本页面会自动重试。",
  "trouble.setup.title": "我还没有设置好",
  "trouble.setup.text": "云服务不接受这里的密钥，请告诉工作人员。",
  "trouble.link.title": "这里还不能使用",
  "trouble.link.text": "本屏幕需要一个新的链接，请告诉工作人员。",
  "trouble.clock.title": "这里的时钟不准",
  "trouble.clock.text": "服务器的时间偏差太大，我无法出现，请告诉工作人员。",
  "trouble.project.title": "没有找到我",
  "trouble.project.text": "这里设置的数字人不存在，请告诉工作人员。",
  "trouble.full.title": "现在名额已满",
  "trouble.full.text": "我正在和其他人交谈，很快就轮到你；本页面会自动重试。",
  "trouble.cloud.title": "我暂时来不了",
  "trouble.cloud.text": "云服务没有回应，本页面会自动重试。",
  "trouble.slow.title": "等待时间太长了",
  "trouble.slow.text": "我没能及时准备好，请再试一次。",
  "trouble.other.title": "出了点问题",
  "trouble.other.text": "非常抱歉，请再试一次。",
  "trouble.ended.title": "对话已结束",
  "trouble.ended.text": "很高兴再和你聊一次。",
  "trouble.lost.title": "连接断开了",
  "trouble.lost.text": "正在尝试恢复，你输入的文字会保留。",
  "trouble.away.title": "我暂时离开一下",
  "trouble.away.text": "连接中断，我马上就回来，你可以继续输入。",
  "trouble.paused.title": "我在休息",
  "trouble.paused.text": "开始新的对话就能叫醒我。",
  "trouble.picture.title": "暂时没有画面",
  "trouble.picture.text": "我仍会回答，说的话会显示为文字。",
  "start.title": "会说话的数字人",
  "start.text": "这台服务器让数字人出现在人们面前：说出给它的内容，并告诉你它正在做什么。",
  "start.kiosk": "和数字人对话",
  "start.kioskNote": "一个全屏页面，适合大厅、电脑和手机。",
  "start.host": "直播主持",
  "start.hostNote": "脚本、你开口时的声音，还有观众留言：为直播而设。",
  "start.console": "控制台",
  "start.consoleNote": "供管理员使用：查看每个会话正在说什么、有多快。",
  "start.api": "接口文档",
  "start.apiNote": "通过 HTTP 管理会话、语音和事件。",
};

const TABLES = { en: EN, zh: ZH };

/** The value of the `lang` attribute for each language. */
export const LANGUAGE_TAGS = { en: "en", zh: "zh-CN" };

/**
 * @param {Language} language
 * @param {Key} key
 * @param {Record<string, string | number>} [values] for the `{names}` in the text
 * @returns {string}
 */
export function translate(language, key, values = {}) {
  return filled(TABLES[language][key], values);
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 * @returns {string} the text with the value of each `{name}` in its place
 */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * The first of the visitor's languages that the pages speak, else English.
 * @param {readonly string[]} wanted BCP 47 tags, the best first
 * @returns {Language}
 */
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split("-")[0];
    if (primary === "zh" || primary === "en") return primary;
  }
  return "en";
}

/**
 * The `lang` of a text that came from elsewhere, so that it gets the right glyphs and the right voice.
 * @param {string} text
 * @returns {string} a BCP 47 tag
 */
export function languageOf(text) {
  if (/[\u3040-\u30ff]/.test(text)) return "ja";
  return /\p{Script=Han}/u.test(text) ? "zh-CN" : "en";
}
