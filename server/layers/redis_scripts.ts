import { createHash } from "node:crypto";

/** A Lua script and the digest that Redis knows it by. */
export interface Script {
  /** The Lua source. */
  readonly source: string;
  /** Hexadecimal SHA-1 of the source, for EVALSHA. */
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/*
 * Both scripts work on one group:
 *   KEYS[1] state    hash: epoch, seq (last number), base (the number before the epoch's first
 *                    message), bytes (of the log), refs_since (ms)
 *   KEYS[2] log      stream: id <seq>-0, field p = the payload as published
 *   KEYS[3] refs     hash: "<from> <ref>" -> seq; the younger generation, see ref_memory.ts
 *   KEYS[4] refs:old the older generation
 *
 * A caller that already follows the group says which (epoch, seq) it knows. A smaller seq under the
 * same epoch means that Redis came back with older data: numbers would be given twice, so the log
 * gets a new epoch, numbered on from what the caller knows.
 */
const OPEN = `
local function open(fresh_epoch, known_epoch, known_seq)
  local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'base')
  local epoch, seq, base = state[1], tonumber(state[2] or '0'), tonumber(state[3] or '0')
  if not epoch then
    epoch, seq, base = fresh_epoch, 0, 0
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0, 'base', 0, 'bytes', 0)
  elseif epoch == known_epoch and seq < known_seq then
    epoch, seq, base = fresh_epoch, known_seq, known_seq
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'base', base)
  end
  return epoch, seq, base
end
local function integer(n) return string.format('%.0f', n) end
local function expire(ttl, refs_ttl)
  if ttl > 0 then
    redis.call('PEXPIRE', KEYS[1], math.max(ttl, refs_ttl))
    redis.call('PEXPIRE', KEYS[2], ttl)
  end
  redis.call('PEXPIRE', KEYS[3], refs_ttl)
  redis.call('PEXPIRE', KEYS[4], refs_ttl)
end
`;

/**
 * Numbers, logs and publishes one message, unless its ref is known; all or nothing.
 *
 * ARGV: 1 fresh epoch, 2 known epoch or '', 3 known seq, 4 channel to publish on, 5 the payload's
 * first byte (a MessagePack map's header), 6 its entries but for seq and epoch, 7 "<from> <ref>" or
 * '', 8 most messages in the log, 9 most bytes or 0, 10 ttl in ms or 0, 11 least life of a ref in ms
 *
 * Returns {epoch, seq}.
 */
export const SEND: Script = script(`${OPEN}
local epoch, seq, base = open(ARGV[1], ARGV[2], tonumber(ARGV[3]))
local most, most_bytes, ttl = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local ref, ref_life = ARGV[7], tonumber(ARGV[11])
if ref ~= '' then
  local known = redis.call('HGET', KEYS[3], ref) or redis.call('HGET', KEYS[4], ref)
  if known then return {epoch, tonumber(known)} end
end
seq = seq + 1
local number = integer(seq)
local payload = ARGV[5] .. ARGV[6] .. '\\163seq\\207' .. struct.pack('>I8', seq)
  .. '\\165epoch' .. string.char(160 + #epoch) .. epoch
local length = redis.call('XLEN', KEYS[2])
local bytes = length == 0 and 0 or tonumber(redis.call('HGET', KEYS[1], 'bytes') or '0')
if most > 0 then
  redis.call('XADD', KEYS[2], number .. '-0', 'p', payload)
  length, bytes = length + 1, bytes + #payload
end
while length > 0 and (length > most or (most_bytes > 0 and bytes > most_bytes)) do
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', KEYS[2], oldest[1])
  length, bytes = length - 1, bytes - #oldest[2][2]
end
redis.call('HSET', KEYS[1], 'seq', number, 'bytes', integer(bytes))
if ref ~= '' then
  local now = redis.call('TIME')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  local since = tonumber(redis.call('HGET', KEYS[1], 'refs_since') or '0')
  if since > ms then since = 0 end
  if since == 0 then
    redis.call('HSET', KEYS[1], 'refs_since', integer(ms))
  elseif ms - since >= ref_life and redis.call('HLEN', KEYS[3]) >= most then
    redis.call('RENAME', KEYS[3], KEYS[4])
    redis.call('HSET', KEYS[1], 'refs_since', integer(ms))
  end
  redis.call('HSET', KEYS[3], ref, number)
end
expire(ttl, math.max(ttl, ref_life * 2))
redis.call('PUBLISH', ARGV[4], payload)
return {epoch, seq}
`);

/**
 * Reads the log after what the caller knows: all of it when it knows nothing or asks for it,
 * and what the present epoch has when it knows another. Publishes a marker, by which the caller finds this moment in its
 * subscription.
 *
 * ARGV: 1 fresh epoch, 2 known epoch or '', 3 known seq, 4 channel of the marker, 5 marker, 6 ttl in
 * ms or 0, 7 least life of a ref in ms, 8 '1' for the whole log
 *
 * Returns {epoch, seq, base, payloads…}.
 */
export const SYNC: Script = script(`${OPEN}
local known_epoch, known_seq = ARGV[2], tonumber(ARGV[3])
local epoch, seq, base = open(ARGV[1], known_epoch, known_seq)
local after = 0
if ARGV[8] ~= '1' then
  if known_epoch == epoch then after = known_seq elseif known_epoch ~= '' then after = base end
end
local reply = {epoch, seq, base}
if after < seq then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], integer(after + 1) .. '-0', '+')) do
    reply[#reply + 1] = entry[2][2]
  end
end
if seq == 0 then expire(tonumber(ARGV[6]), math.max(tonumber(ARGV[6]), tonumber(ARGV[7]) * 2)) end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return reply
`);
