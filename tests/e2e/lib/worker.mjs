// An sse-progress that runs until the test ends.
import { program } from './build.mjs';
import { Child } from './child.mjs';

export function startWorker(stack, command, env = {}) {
  const args = [command, '--redis', stack.env.SSE_REDIS, '--prefix', stack.prefix];
  const worker = new Child(`sse-progress ${command}`, program('sse-progress'), args, {
    env: stack.ws.environment(env),
  });
  return stack.ws.own(worker);
}
