// A tab as a reader has it: Playwright listens to the network of each page of its own, and so has the browser write a
// message for every event of a stream, which costs more than the event. This one is opened and asked by the DevTools
// protocol alone, and nobody listens to it while it works.
import { eventually } from './eventually.mjs';

export class ReaderTab {
  /** Opens `url` in a profile of its own, of width and height `size`. */
  static async open(chromium, url, size) {
    const page = new ReaderTab();
    page.browser = await chromium.newBrowserCDPSession();
    page.waiting = new Map();
    page.sent = 0;
    page.browser.on('Target.receivedMessageFromTarget', ({ message }) => page.hear(JSON.parse(message)));
    const { browserContextId } = await page.browser.send('Target.createBrowserContext');
    const { targetId } = await page.browser.send('Target.createTarget', { url, browserContextId, ...size });
    const { sessionId } = await page.browser.send('Target.attachToTarget', { targetId, flatten: false });
    page.sessionId = sessionId;
    return page;
  }

  hear({ id, result, error }) {
    const settle = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) settle?.reject(new Error(error.message));
    else settle?.resolve(result);
  }

  /** A command of the protocol, to this tab. */
  async send(method, params = {}) {
    const id = ++this.sent;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const message = JSON.stringify({ id, method, params });
    await this.browser.send('Target.sendMessageToTarget', { sessionId: this.sessionId, message });
    return answer;
  }

  /** What `run` returns in the page. */
  async evaluate(run, argument = null) {
    const expression = `(${run})(${JSON.stringify(argument)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(result.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until `test` is true in the page. */
  waitForFunction(test, argument) {
    return eventually(() => this.evaluate(test, argument), `${test} of ${argument}`);
  }

  waitForSelector(selector) {
    return this.waitForFunction((wanted) => document.querySelector(wanted) !== null, selector);
  }

  /** Its only session stays. */
  detach() {}
}
