export { type ChannelPair, type ChannelPairOptions, channelPair, type InFlight } from './channel-pair.ts';
