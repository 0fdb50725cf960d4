/**
 * One WHEP viewing (draft-ietf-wish-whep): offer, answer, and what becomes of the connection.
 */

import { dropOffer, sendOffer } from "./api.js";

const GATHERING_MS = 1500;
const CONNECTING_MS = 10_000;
const DISCONNECTED_MS = 4_000;

/**
 * Shows a WHEP resource in `video`.
 * @param {string} url
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} signal ends it, and deletes the resource
 * @returns {Promise<{lost: Promise<void>}>} once connected; `lost` resolves when it is over
 * @throws {import("./api.js").ApiError} the offer was refused
 * @throws {Error} the connection could not be made
 */
export async function watch(url, video, signal) {
  const connection = new RTCPeerConnection({ iceServers: [] });
  const stream = new MediaStream();
  /** @type {string | null} */
  let location = null;
  const close = () => {
    connection.close();
    if (location) dropOffer(location);
    location = null;
  };
  signal.addEventListener("abort", close, { once: true });
  connection.addEventListener("track", ({ track }) => stream.addTrack(track));
  connection.addTransceiver("video", { direction: "recvonly" });
  connection.addTransceiver("audio", { direction: "recvonly" });
  try {
    await connection.setLocalDescription();
    await gathered(connection);
    const answer = await sendOffer(url, connection.localDescription?.sdp ?? "");
    location = answer.location;
    if (signal.aborted) throw new Error("left");
    await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    video.srcObject = stream;
    await connected(connection, signal);
  } catch (error) {
    close();
    throw error;
  }
  return { lost: lossOf(connection, signal).then(close) };
}

/**
 * @param {RTCPeerConnection} connection
 * @returns {Promise<void>} when all candidates are known, or enough time has passed
 */
function gathered(connection) {
  return new Promise((resolve) => {
    const check = () => {
      if (connection.iceGatheringState === "complete") resolve();
    };
    connection.addEventListener("icegatheringstatechange", check);
    setTimeout(resolve, GATHERING_MS);
    check();
  });
}

/**
 * @param {RTCPeerConnection} connection
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function connected(connection, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the media connection took too long")), CONNECTING_MS);
    const check = () => {
      if (connection.connectionState === "connected") {
        clearTimeout(timer);
        resolve();
      } else if (connection.connectionState === "failed") {
        clearTimeout(timer);
        reject(new Error("the media connection failed"));
      }
    };
    connection.addEventListener("connectionstatechange", check);
    signal.addEventListener("abort", () => reject(new Error("left")), { once: true });
    check();
  });
}

/**
 * @param {RTCPeerConnection} connection
 * @param {AbortSignal} signal
 * @returns {Promise<void>} when the media will not come back by itself
 */
function lossOf(connection, signal) {
  return new Promise((resolve) => {
    let timer = 0;
    const check = () => {
      clearTimeout(timer);
      const state = connection.connectionState;
      if (state === "failed" || state === "closed") resolve();
      if (state === "disconnected") timer = setTimeout(resolve, DISCONNECTED_MS);
    };
    connection.addEventListener("connectionstatechange", check);
    signal.addEventListener("abort", () => resolve(), { once: true });
    check();
  });
}
