// The library in pages of others: elements, the classic script, the React hook, its types, README's example.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { root, sanitized, www } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { openPage, startSite } from './lib/tabs.mjs';
import { scenario } from './lib/workspace.mjs';

const skip = sanitized && 'the library is the same one in every build';
const SIZE_MAX = 5_000;

/** The first block of README's section about the library that is a page. */
function example() {
  const section = fs.readFileSync(path.join(root, 'README.md'), 'utf8').split(/^### In a page of your own$/m)[1];
  return /```html\n([^]*?)```/.exec(section)[1];
}

function page(body, policy = "default-src 'self'") {
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel=icon href=/favicon.svg>`;
  return `<!doctype html><html lang=en><head>${head}<title>page</title></head><body>${body}</body></html>`;
}

/** What an <sse-progress> shows. */
function bar(tab, selector = 'sse-progress') {
  return tab.$eval(selector, (element) => {
    const [outer, text] = ['bar', 'text'].map((name) => element.shadowRoot.querySelector(`[part=${name}]`));
    const fill = element.shadowRoot.querySelector('[part=fill]');
    return {
      state: element.getAttribute('state'),
      connection: element.getAttribute('connection'),
      role: outer.getAttribute('role'),
      now: outer.getAttribute('aria-valuenow'),
      label: outer.getAttribute('aria-label'),
      words: outer.getAttribute('aria-valuetext'),
      text: text.textContent,
      width: fill.getBoundingClientRect().width / outer.getBoundingClientRect().width,
      colour: getComputedStyle(fill).backgroundColor,
      opacity: getComputedStyle(element).opacity,
      inline: element.hasAttribute('style'),
    };
  });
}

async function shows(tab, wanted, selector) {
  await eventually(async () => {
    const now = await bar(tab, selector);
    for (const [name, value] of Object.entries(wanted)) assert.deepEqual(now[name], value, JSON.stringify(now));
    return true;
  }, `the bar shows ${JSON.stringify(wanted)}`);
}

function progress(site, channel, fields, name = 'progress') {
  return site.publish(channel, JSON.stringify({ task: 'backup', ...fields }), '-e', name);
}

scenario('the built library is small', { skip }, () => {
  const { length } = gzipSync(fs.readFileSync(path.join(www, 'sse-status.js')), { level: 9 });
  assert.ok(length < SIZE_MAX, `${length} bytes`);
});

scenario("README's page shows a job", { skip }, async (ws) => {
  const text = example();
  assert.equal(text.match(/<script/g).length, 1);
  // As the shipped files of the web servers have it.
  const alias = ['server.modules += ( "mod_alias" )', `alias.url = ( "/sse-status/" => "${www}/" )`];
  const site = await startSite(ws, {}, { 'example.html': text }, alias);
  const [, channel] = /<sse-progress channel="([^"]+)"/.exec(text);
  await progress(site, channel, { state: 'running', percent: '42.50' });
  const tab = await openPage(site, 'example.html');
  await shows(tab, { state: 'running', connection: 'live', now: '42.5', words: '42 %', label: 'backup' });
  await progress(site, channel, { state: 'done', percent: '100.00' }, 'done');
  await shows(tab, { state: 'done', words: '100 %, done' });
});

scenario('elements show states by word, colour and attribute, and need no style of the page', { skip }, async (ws) => {
  const elements =
    '<script type=module src=sse-status.js></script><sse-progress channel="jobs/1"></sse-progress>' +
    '<sse-text channel="disk" field="disk.free">nothing yet</sse-text><sse-text id=plain channel="note"></sse-text>';
  const site = await startSite(ws, {}, { 'elements.html': page(elements) });
  await progress(site, 'jobs/1', { state: 'running', moved: 25, total: 100 });
  await site.publish('jobs/1', '{"line":"a line of the log"}', '-e', 'log');
  const tab = await openPage(site, 'elements.html');
  await shows(tab, { state: 'running', connection: 'live', role: 'progressbar', now: '25', text: '25 %', inline: false });
  assert.ok(Math.abs((await bar(tab)).width - 0.25) < 0.01, 'the bar is a quarter full');
  const text = (selector) => tab.$eval(selector, (element) => element.shadowRoot.querySelector('[part=text]').innerText);
  const assigned = await tab.$eval('sse-text', (element) =>
    element.shadowRoot.querySelector('slot').assignedNodes().map(({ textContent }) => textContent).join(),
  );
  assert.equal(assigned, 'nothing yet');
  await site.publish('disk', '{"disk":{"free":7}}');
  await site.publish('note', '<b>text</b>', '--text');
  await eventually(async () => (await text('sse-text')) === '7', 'the field is shown');
  await eventually(async () => (await text('#plain')) === '<b>text</b>', 'text is text');
  const colours = [(await bar(tab)).colour];
  for (const state of ['done', 'failed', 'lost']) {
    await progress(site, 'jobs/1', { state, percent: '50.00' }, state);
    await shows(tab, { state, text: `50 %, ${state}` });
    colours.push((await bar(tab)).colour);
  }
  assert.equal(new Set(colours).size, 4, colours.join());
  assert.equal((await bar(tab)).opacity, '1');
  await site.server.stop();
  await shows(tab, { connection: 'retrying', text: '50 %, lost, retrying', opacity: '0.6' });
  await site.server.start();
  await shows(tab, { connection: 'live', text: '50 %, lost', opacity: '1' });
  await tab.$eval('sse-progress', (element) => element.setAttribute('channel', 'jobs/2'));
  await shows(tab, { connection: 'live', state: null, now: null, text: '', label: 'jobs/2' });
  await progress(site, 'jobs/2', { state: 'running', moved: 500, total: 0 });
  await shows(tab, { state: 'running', now: null, text: '', label: 'backup' });
  await progress(site, 'jobs/2', { state: 'running', percent: '5.00' });
  await shows(tab, { state: 'running', now: '5' });
  await eventually(() => site.streams.size === 1, 'they share a connection');
  await tab.evaluate(() => document.querySelectorAll('sse-progress, sse-text').forEach((element) => element.remove()));
  await eventually(() => site.streams.size === 0, 'none of them is left with a connection');
  assert.deepEqual(
    site.complaints.filter((text) => !/net::ERR|503/.test(text)),
    [],
  );
});

scenario('elements are styled by parts and variables', { skip }, async (ws) => {
  const site = await startSite(ws, {}, {
    'styled.css': 'sse-progress { --sse-bar-color: rgb(1, 2, 3) } sse-progress::part(bar) { height: 33px }',
    'styled.html': page('<link rel=stylesheet href=styled.css><script type=module src=sse-status.js></script><sse-progress channel=a></sse-progress>'),
  });
  await progress(site, 'a', { state: 'running', percent: 50 });
  const tab = await openPage(site, 'styled.html');
  await shows(tab, { colour: 'rgb(1, 2, 3)', now: '50' });
  const height = await tab.$eval('sse-progress', (element) => element.shadowRoot.querySelector('[part=bar]').offsetHeight);
  assert.equal(height, 33);
});

scenario('the classic script gives sseStatus and the elements', { skip }, async (ws) => {
  const site = await startSite(ws, {}, {
    'classic.html': page('<sse-progress channel="jobs/1"></sse-progress><script src=sse-status.classic.js></script><script src=classic.js></script>'),
    'classic.js': "window.got = []; sseStatus.connect({ channels: 'jobs/1', onEvent: (event) => got.push(event.event) });",
  });
  await progress(site, 'jobs/1', { state: 'running', percent: '1.00' });
  const tab = await openPage(site, 'classic.html');
  await shows(tab, { state: 'running', connection: 'live' });
  await tab.waitForFunction(() => window.got.includes('progress'));
  assert.deepEqual(site.complaints, []);
});

const REACT_PAGE = `
import { createElement as h, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { useChannel } from './sse-status-react.js';
function Job({ channel }) {
  const { event, connection } = useChannel(channel);
  return h('p', { id: 'job' }, connection.state + ' ' + (event?.data ?? 'nothing'));
}
createRoot(document.body).render(h(StrictMode, null, h(Job, { channel: 'jobs/1' })));
`;

scenario('the React hook shows the newest event and the connection', { skip }, async (ws) => {
  const site = await startSite(ws, {}, { 'react.html': page('<script type=module src=bundle/react.js></script>'), 'entry.js': REACT_PAGE });
  const { build } = await import(pathToFileURL(path.join(root, 'www/node_modules/vite/dist/node/index.js')));
  const modules = path.join(root, 'www/node_modules');
  await build({
    configFile: false,
    root: ws.path('site'),
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: {
      alias: ['react-dom/client', 'react'].map((name) => ({
        find: name,
        replacement: path.join(modules, name === 'react' ? 'react/index.js' : 'react-dom/client.js'),
      })),
    },
    build: { outDir: ws.path('site/bundle'), lib: { entry: ws.path('site/entry.js'), formats: ['es'], fileName: () => 'react.js' } },
  });
  await site.publish('jobs/1', 'the state', '--text');
  const tab = await openPage(site, 'react.html');
  await tab.waitForFunction(() => document.getElementById('job')?.innerText === 'live the state');
  await site.publish('jobs/1', 'news', '--text');
  await tab.waitForFunction(() => document.getElementById('job')?.innerText === 'live news');
  assert.deepEqual(site.complaints, []);
});

const TYPED = `
import { connect, type Connection, type StatusEvent } from './sse-status.js';
import { useChannel } from './sse-status-react.js';

const status = connect({
  channels: ['jobs/*', 'news'],
  onEvent: (event: StatusEvent) => event.data.length,
  onState: (connection: Connection) => (connection.state === 'retrying' ? connection.retryAt : null),
});
const state: 'connecting' | 'live' | 'retrying' | 'stopped' = status.connection.state;
status.close();
document.querySelector('sse-progress')?.setAttribute('channel', state);
export const data: string | undefined = useChannel('jobs/1', { last: 5 }).event?.data;
// @ts-expect-error: channels are needed
connect({ onEvent() {} });
// @ts-expect-error: there is no such state
export const wrong = status.connection.state === 'open';
`;

const TYPED_CLASSIC = `
/// <reference path="./sse-status.d.ts" />
const followed: sseStatus.StatusConnection = sseStatus.connect({ channels: '*', onEvent: ({ id }) => id });
`;

scenario('the types fit an example, and refuse what is wrong', { skip }, async (ws) => {
  for (const name of fs.readdirSync(www).filter((file) => file.endsWith('.d.ts'))) {
    fs.copyFileSync(path.join(www, name), ws.path(name));
  }
  fs.writeFileSync(ws.path('example.ts'), TYPED);
  fs.writeFileSync(ws.path('classic.ts'), TYPED_CLASSIC);
  const tsc = path.join(root, 'www/node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const end = await runProgram(process.execPath, [tsc, ...options, ws.path('example.ts'), ws.path('classic.ts')], { env: ws.environment() });
  assert.equal(end.code, 0, end.stdout);
});
