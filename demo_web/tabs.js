/**
 * Two tabs may show one session (a duplicated tab inherits its id): the one used last has the sound.
 */

/** Speaks with the other tabs of this origin. */
export class SoundOwner {
  #channel = new BroadcastChannel("avatar-bridge.sound");
  #session = () => /** @type {string | null} */ (null);

  /**
   * @param {() => string | null} session the session shown here, now
   * @param {(elsewhere: boolean) => void} onChange whether another tab has taken this session's sound
   */
  constructor(session, onChange) {
    this.#session = session;
    this.onChange = onChange;
    this.#channel.addEventListener("message", ({ data }) => {
      if (data !== null && data === this.#session()) onChange(true);
    });
  }

  /** This tab is the one in use. */
  claim() {
    const session = this.#session();
    if (session) this.#channel.postMessage(session);
    this.onChange(false);
  }
}
