// What the audio thread knows beside what every script does (Web Audio API, 1.32.3): for the check of types alone.

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare const currentFrame: number;
declare const sampleRate: number;
declare function registerProcessor(name: string, type: new (options: any) => AudioWorkletProcessor): void;
