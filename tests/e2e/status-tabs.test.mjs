// The library in real tabs: one connection for all of them, through closing, crashing and restarts.
import assert from 'node:assert/strict';
import { sanitized } from './lib/build.mjs';
import { eventually } from './lib/eventually.mjs';
import { Publishers } from './lib/publishers.mjs';
import { Tab, leader, startSite } from './lib/tabs.mjs';
import { scenario } from './lib/workspace.mjs';

const skip = sanitized && 'the library is the same one in every build';
const FOLLOW = { channels: 'a', last: 0, keep: false };

function openTabs(site, count, options = FOLLOW) {
  return Promise.all(Array.from({ length: count }, () => Tab.open(site, options)));
}

async function allLive(tabs) {
  for (const tab of tabs) await tab.becomes('live');
}

/** Every tab has all that was published, once and in order. */
async function assertAll(tabs, publishers) {
  await publishers.pause();
  await publishers.acknowledges();
  const expected = Array.from({ length: publishers.written }, (_, i) => `${i}`);
  for (const tab of tabs) {
    await tab.gets(expected.at(-1));
    const { resets, states } = await tab.page.evaluate(() => window.followed.a);
    assert.deepEqual(resets, [], 'it is told of no loss');
    const got = await tab.events();
    const at = expected.findIndex((data, i) => got[i]?.data !== data);
    const around = JSON.stringify({ around: got.slice(Math.max(0, at - 2), at + 3), states });
    assert.ok(at < 0 && got.length === expected.length, `number ${at} of ${expected.length} is not there: ${around}`);
  }
}

scenario('seven tabs are live at once over HTTP/1.1, on one connection', { skip }, async (ws) => {
  const site = await startSite(ws);
  const tabs = await openTabs(site, 7);
  await allLive(tabs);
  await leader(site, tabs);
  const id = await site.publish('a', 'for all', '--text', '-e', 'news');
  for (const tab of tabs) {
    await tab.gets('for all');
    assert.deepEqual(await tab.events(), [
      { channel: 'a', id, event: 'news', data: 'for all', live: true },
    ]);
  }
  await site.plain('a', 'without an id');
  for (const tab of tabs) await tab.gets('without an id');
  assert.deepEqual(site.complaints, []);
});

scenario('the tab with the connection is closed, again and again: nothing lost, nothing twice', { skip }, async (ws) => {
  const site = await startSite(ws);
  let tabs = await openTabs(site, 5);
  await allLive(tabs);
  const publishers = new Publishers(site, ['a'], { data: String });
  publishers.run(200);
  while (tabs.length > 1) {
    const leading = await leader(site, tabs);
    await publishers.wrote(100);
    await leading.close();
    tabs = tabs.filter((tab) => tab !== leading);
    await leader(site, tabs);
    await publishers.wrote(100);
  }
  await assertAll(tabs, publishers);
  assert.deepEqual(site.complaints, []);
});

scenario('the tab with the connection crashes: nothing lost, nothing twice', { skip }, async (ws) => {
  const site = await startSite(ws);
  let tabs = await openTabs(site, 4);
  await allLive(tabs);
  const publishers = new Publishers(site, ['a'], { data: String });
  publishers.run(200);
  for (let i = 0; i < 2; i++) {
    const leading = await leader(site, tabs);
    await publishers.wrote(100);
    const session = await site.context.newCDPSession(leading.page);
    const crashed = new Promise((resolve) => leading.page.once('crash', resolve));
    session.send('Page.crash').catch(() => {}); // the answer never comes
    await crashed;
    tabs = tabs.filter((tab) => tab !== leading);
    await leader(site, tabs);
    await publishers.wrote(100);
  }
  await assertAll(tabs, publishers);
});

scenario('tabs that come while events are published have all from there on', { skip }, async (ws) => {
  const site = await startSite(ws);
  const publishers = new Publishers(site, ['a'], { data: String });
  publishers.run(200);
  const tabs = [];
  for (let i = 0; i < 4; i++) {
    await publishers.wrote(50);
    tabs.push(await (await Tab.open(site, FOLLOW)).becomes('live'));
  }
  await publishers.wrote(50);
  await publishers.pause();
  const all = Array.from({ length: publishers.written }, (_, i) => `${i}`);
  for (const tab of tabs) {
    await tab.gets(all.at(-1));
    const got = await tab.got();
    assert.deepEqual(got, all.slice(-got.length));
    assert.ok(got.length >= 50);
  }
});

scenario('different channels in different tabs share the connection', { skip }, async (ws) => {
  const site = await startSite(ws);
  await site.publish('jobs/1', 'the state', '--text');
  const wanted = ['news', 'jobs/1', 'jobs/*', ['news', 'jobs/2']];
  const tabs = [];
  for (const channels of wanted) {
    const tab = await Tab.open(site, { channels, keep: false });
    tabs.push(await tab.becomes('live'));
  }
  const told = { news: [0, 3], 'jobs/1': [1, 2], 'jobs/2': [2, 3], other: [] };
  for (const channel of Object.keys(told)) await site.publish(channel, `on ${channel}`, '--text');
  await leader(site, tabs);
  for (const [i, tab] of tabs.entries()) {
    const state = i === 1 || i === 2 ? ['the state'] : [];
    const expected = Object.keys(told).filter((channel) => told[channel].includes(i));
    await tab.gets(`on ${expected.at(-1)}`);
    assert.deepEqual(await tab.got(), [...state, ...expected.map((channel) => `on ${channel}`)]);
    const states = await tab.page.evaluate(() => window.followed.a.states.map(({ state: of }) => of));
    assert.deepEqual(states, ['live'], 'the others do not see that channels were added');
  }
});

scenario('a reload goes on behind the last event, or anew with keep: false', { skip }, async (ws) => {
  const site = await startSite(ws);
  const kept = await Tab.open(site, { channels: 'a' });
  const anew = await Tab.open(site, { channels: 'a', keep: false });
  await allLive([kept, anew]);
  for (const data of ['1', '2']) await site.publish('a', data);
  for (const tab of [kept, anew]) {
    await tab.gets('2');
    await tab.page.goto(`${site.origin}/favicon.svg`);
  }
  for (const data of ['3', '4']) await site.publish('a', data);
  for (const [tab, expected] of [
    [kept, ['3', '4']],
    [anew, ['4']],
  ]) {
    await tab.page.goto(`${site.origin}/follow.html`);
    await tab.follow({ channels: 'a', keep: tab === kept });
    await tab.becomes('live');
    assert.deepEqual(await tab.got(), expected);
  }
});

scenario('a tab that comes back from the back-forward cache has what it missed', { skip }, async (ws) => {
  const site = await startSite(ws);
  const tabs = await openTabs(site, 2);
  await allLive(tabs);
  const [gone] = tabs;
  await gone.page.goto(`${site.origin}/favicon.svg`);
  await site.publish('a', '1');
  await tabs[1].gets('1');
  await gone.page.goBack();
  const isSame = await gone.page.evaluate(() => window.followed?.a !== undefined);
  ws.note(isSame ? 'it was in the cache' : 'it was loaded anew');
  if (!isSame) await gone.follow({ ...FOLLOW, last: 1 });
  await gone.becomes('live');
  await gone.gets('1');
  await site.publish('a', '2');
  for (const tab of tabs) await tab.gets('2');
  assert.deepEqual(await gone.got(), ['1', '2']);
});

scenario('restarts of sse.fcgi and of lighttpd lose nothing and repeat nothing', { skip }, async (ws) => {
  const site = await startSite(ws);
  const tabs = await openTabs(site, 3);
  await allLive(tabs);
  const publishers = new Publishers(site, ['a'], { data: String });
  publishers.run(100);
  const restarts = [
    () => site.server.replaceResponder('SIGTERM'),
    () => site.server.replaceResponder('SIGKILL'),
    () => site.server.restart(),
  ];
  for (const restart of restarts) {
    await publishers.wrote(50);
    await restart();
    await allLive(tabs);
    await publishers.wrote(50);
  }
  await assertAll(tabs, publishers);
  await leader(site, tabs);
});

scenario('a connection that falls silent is made anew', { skip }, async (ws) => {
  const site = await startSite(ws, { SSE_HEARTBEAT: '0.4' });
  const tabs = await openTabs(site, 2);
  await allLive(tabs);
  for (const { page } of tabs) await page.waitForFunction(() => window.followed.a.heartbeats > 2);
  const known = await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.followed.a.states.length)));
  const { pid } = site.server;
  process.kill(pid, 'SIGSTOP');
  try {
    // The pause may be too short to be seen as the present state.
    const retried = (from) => window.followed.a.states.slice(from).some(({ state }) => state === 'retrying');
    for (const [i, { page }] of tabs.entries()) await page.waitForFunction(retried, known[i]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await site.publish('a', 'after it', '--text');
  for (const tab of tabs) await tab.gets('after it');
  await allLive(tabs);
});

scenario('204 is the end for all tabs, and resume opens again what was opened again', { skip }, async (ws) => {
  const site = await startSite(ws);
  const tabs = await openTabs(site, 2);
  await allLive(tabs);
  await site.succeed(await site.run(['--end', 'a']));
  for (const tab of tabs) {
    await tab.becomes('stopped');
    assert.equal((await tab.state()).reason, 'ended');
  }
  await eventually(() => site.streams.size === 0, 'no connection is left');
  const [tab] = tabs;
  await tab.page.evaluate(() => window.followed.a.status.resume());
  await eventually(async () => (await tab.page.evaluate(() => window.followed.a.states.length)) >= 4, 'it has asked');
  await tab.becomes('stopped');
  await site.publish('a', 'more', '--text');
  await tab.page.evaluate(() => window.followed.a.status.resume());
  await tab.becomes('live');
  await tab.gets('more');
});

scenario('events that are gone are told, to the tabs that follow their channel', { skip }, async (ws) => {
  const site = await startSite(ws);
  const tabs = await openTabs(site, 2);
  await allLive(tabs);
  await site.publish('a', '1');
  for (const tab of tabs) await tab.gets('1');
  await site.redis.command('FLUSHALL');
  await site.publish('a', '2');
  for (const tab of tabs) {
    await tab.gets('2');
    const resets = await tab.page.evaluate(() => window.followed.a.resets);
    assert.ok(resets.length >= 1);
    assert.deepEqual(resets[0].channels, ['a']);
    assert.deepEqual(await tab.got(), ['1', '2']);
  }
});
