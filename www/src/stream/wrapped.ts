// JSON of unknown shape. What is published is anybody's.
export { parseObject } from '../status/frame';
