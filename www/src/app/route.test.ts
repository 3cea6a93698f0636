// Addresses.
import { expect, test } from 'vitest';
import { parseRoute } from './useRoute';

test.each([
  ['', { page: 'board' }],
  ['#/', { page: 'board' }],
  ['#/elsewhere', { page: 'board' }],
  ['#/wall', { page: 'wall' }],
  ['#/jobs/42', { page: 'job', channel: 'jobs/42' }],
  ['#/jobs/a%2Fb', { page: 'job', channel: 'jobs/a/b' }],
  ['#/jobs/100%', { page: 'job', channel: 'jobs/100%' }],
  ['#jobs/42', { page: 'job', channel: 'jobs/42' }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});
