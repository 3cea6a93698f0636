// <sse-progress channel="jobs/42"> and <sse-text channel="…">: custom elements for any page. They set no style
// attribute and need no style sheet of the page's: a Content-Security-Policy of `default-src 'self'` lets them be.
import { connect } from './connect';
import { parseObject } from './frame';
import type { StatusConnection, StatusEvent } from './sse-status';

// The newest events of a job may be lines of its log.
const ENOUGH_FOR_PROGRESS = 10;

// `connecting` and `retrying` are the states of which nothing is live.
const SHEET = `
:host{display:inline-block;font-variant-numeric:tabular-nums}
:host([hidden]){display:none}
:host([connection$=ing]){opacity:var(--sse-stale-opacity,.6)}
:host([state=done]){--c:#284}
:host([state=failed]){--c:#c33}
:host([state=lost]){--c:#b60}
[part=bar]{min-width:8em;height:var(--sse-bar-height,.5em);border-radius:var(--sse-bar-radius,.25em);overflow:hidden;
background:var(--sse-bar-background,#8884)}
[part=fill]{height:100%;width:0;background:var(--sse-bar-color,var(--c,#36d))}`;

export function defineElements() {
  if (!globalThis.customElements || customElements.get('sse-text')) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);

  /** An element that follows `channel`, from `url` if it says so, and has its state in attributes. */
  abstract class StatusElement extends HTMLElement {
    static observedAttributes = ['channel', 'url', 'field'];
    readonly root = this.attachShadow({ mode: 'open' });
    followed: StatusConnection | null = null;
    /** In percent; NaN is not known. */
    declare filled: number;
    declare label: string | null;

    abstract readonly content: string;
    abstract show(event: StatusEvent): void;
    abstract mark(): void;

    piece(name: string): HTMLElement {
      return this.root.querySelector(`[part=${name}]`) as HTMLElement;
    }

    connectedCallback() {
      const channels = this.getAttribute('channel');
      const url = this.getAttribute('url');
      this.disconnectedCallback();
      // What was shown is another channel's.
      this.root.adoptedStyleSheets = [sheet];
      this.root.innerHTML = this.content;
      this.removeAttribute('state');
      this.filled = NaN;
      this.label = channels;
      if (!channels) return;
      this.followed = connect({
        ...(url !== null && { url }),
        channels,
        keep: false,
        last: ENOUGH_FOR_PROGRESS,
        onEvent: (event) => {
          if (event.event !== 'end') this.show(event);
        },
        onState: () => {
          this.tell();
        },
      });
      this.tell();
    }

    disconnectedCallback() {
      this.followed?.close();
      this.followed = null;
    }

    attributeChangedCallback() {
      // An element that is in the page before it is defined is told its attributes first, and then that it is there.
      if (this.isConnected && this.root.firstChild) this.connectedCallback();
    }

    tell() {
      if (this.followed) this.setAttribute('connection', this.followed.connection.state);
      this.mark();
    }
  }

  class ProgressElement extends StatusElement {
    // 0 to 100 is what the role means by itself.
    content = '<div part=bar role=progressbar><div part=fill></div></div><span part=text></span>';

    show({ channel, data }: StatusEvent) {
      const { task, state, percent, moved, total } = parseObject(data) ?? {};
      if (!/^(running|done|failed|lost)$/.test(`${state}`)) return;
      this.label = `${task ?? channel}`;
      // A total of 0 is not known.
      const part = Number(percent ?? (100 * Number(moved)) / Number(total));
      this.filled = part < Infinity ? Math.min(100, Math.max(0, part)) : state === 'done' ? 100 : NaN;
      this.setAttribute('state', `${state}`);
      this.mark();
    }

    mark() {
      const bar = this.piece('bar');
      const connection = this.getAttribute('connection');
      const state = this.getAttribute('state');
      const isKnown = this.filled >= 0;
      const words = [
        isKnown && `${Math.floor(this.filled)} %`,
        state !== 'running' && state,
        connection?.endsWith('ing') && connection,
      ];
      const text = words.filter(Boolean).join(', ');
      this.piece('text').textContent = text;
      bar.ariaLabel = this.label;
      bar.ariaValueNow = isKnown ? `${this.filled}` : null;
      bar.ariaValueText = text;
      this.piece('fill').style.width = `${this.filled || 0}%`;
    }
  }

  class TextElement extends StatusElement {
    content = '<span part=text><slot></slot></span>';

    /** The data, or of JSON what `field` names: `disk.free`. */
    show({ data }: StatusEvent) {
      let value: unknown = data;
      for (const name of this.getAttribute('field')?.split('.') ?? []) {
        value = (typeof value === 'string' ? parseObject(value) : (value as Record<string, unknown>))?.[name] ?? '';
      }
      this.piece('text').textContent = typeof value === 'object' ? JSON.stringify(value) : `${value}`;
    }

    mark() {}
  }

  customElements.define('sse-progress', ProgressElement);
  customElements.define('sse-text', TextElement);
}
