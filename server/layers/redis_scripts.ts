import type { Buffer } from "node:buffer";
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
 * The scripts on a group have these keys:
 *   KEYS[1] state    hash: epoch, seq (last number), base (the number before the epoch's first
 *                    message), mac (of the last message, if known), before (the mac of the message
 *                    before the oldest in the log), bytes (of the log), refs_since (ms), roster
 *                    (its version)
 *   KEYS[2] log      stream: id <seq>-0, field p = the payload as published
 *   KEYS[3] refs     hash: "<from> <ref>" -> seq; the younger generation, see ref_memory.ts
 *   KEYS[4] refs:old the older generation
 *   KEYS[5] members  hash: id -> "<nodes, with commas>\n<folded name>\n<name>"
 *   KEYS[6] names    hash: folded name -> id
 *
 * A caller that already follows the group says which (epoch, seq) it knows, and the mac of that
 * message, or '' where Redis cannot have come back with other data since. Under the same epoch a
 * smaller seq means that Redis has older data, and another mac that it has given numbers again since.
 * They would mean two messages each, so the log gets a new epoch, numbered on from there.
 */
const OPEN = `
local function integer(n) return string.format('%.0f', n) end
local function is_another(seq, mac, known_seq, known_mac)
  if known_mac == '' then return false end
  if seq > known_seq then
    local entry = redis.call('XRANGE', KEYS[2], integer(known_seq) .. '-0', '+', 'COUNT', 1)[1]
    if entry and entry[1] == integer(known_seq + 1) .. '-0' then
      mac = redis.call('HGET', KEYS[1], 'before')
    else
      -- Where the log begins later, the caller learns of the gap anyway.
      mac = entry and entry[1] == integer(known_seq) .. '-0' and string.sub(entry[2][2], -40) or ''
    end
  end
  return mac ~= '' and mac ~= known_mac
end
local function open(fresh_epoch, known_epoch, known_seq, known_mac)
  local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'base', 'mac')
  local epoch, seq, base = state[1], tonumber(state[2] or '0'), tonumber(state[3] or '0')
  local mac = state[4] or ''
  if not epoch then
    epoch, seq, base = fresh_epoch, 0, 0
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0, 'base', 0, 'bytes', 0)
  elseif epoch == known_epoch then
    if seq < known_seq then
      epoch, seq, mac = fresh_epoch, known_seq, ''
    elseif is_another(seq, mac, known_seq, known_mac) then
      epoch = fresh_epoch
    end
    if epoch == fresh_epoch then
      base = seq
      local number = integer(seq)
      redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', number, 'base', number, 'mac', mac)
    end
  end
  return epoch, seq, base, mac
end
local function expire(ttl, refs_ttl)
  if ttl == 0 then
    for key = 1, 4 do redis.call('PERSIST', KEYS[key]) end
    return
  end
  redis.call('PEXPIRE', KEYS[1], refs_ttl)
  redis.call('PEXPIRE', KEYS[2], ttl)
  redis.call('PEXPIRE', KEYS[3], refs_ttl)
  redis.call('PEXPIRE', KEYS[4], refs_ttl)
end
`;

/**
 * Numbers, logs and publishes messages, one after the other, but for those whose ref is known; all or
 * nothing.
 *
 * ARGV: 1 fresh epoch, 2 known epoch or '', 3 known seq, 4 known mac or '', 5 most messages in the
 * log, 6 most bytes or 0, 7 ttl in ms or 0, 8 least life of a ref in ms, 9 the nodes' secret: payloads
 * are signed, so that nobody else can give numbers; then for each message: channel to publish on, the
 * payload's first byte (a MessagePack map's header), its entries but for seq and epoch, "<from> <ref>"
 * or ''
 *
 * Returns {epoch, seq…}.
 */
export const SEND: Script = script(`${OPEN}
local epoch, seq, base, mac = open(ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4])
local most, most_bytes, ttl = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local ref_life, secret = tonumber(ARGV[8]), ARGV[9]
local length = redis.call('XLEN', KEYS[2])
local bytes = length == 0 and 0 or tonumber(redis.call('HGET', KEYS[1], 'bytes') or '0')
local unchanged, has_refs, gone = seq, false, nil
local reply = {epoch}
for i = 10, #ARGV, 4 do
  local ref, known = ARGV[i + 3], false
  if ref ~= '' then
    known = redis.call('HGET', KEYS[3], ref) or redis.call('HGET', KEYS[4], ref)
  end
  if not known then
    seq = seq + 1
    local number = integer(seq)
    local payload = ARGV[i + 1] .. ARGV[i + 2] .. '\\163seq\\207' .. struct.pack('>I8', seq)
      .. '\\165epoch' .. string.char(160 + #epoch) .. epoch
    if length == 0 then gone = mac end
    mac = redis.sha1hex(payload .. secret)
    payload = payload .. '\\163mac\\217\\40' .. mac
    if most > 0 then
      redis.call('XADD', KEYS[2], number .. '-0', 'p', payload)
      length, bytes = length + 1, bytes + #payload
    end
    while length > 0 and (length > most or (most_bytes > 0 and bytes > most_bytes)) do
      local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
      redis.call('XDEL', KEYS[2], oldest[1])
      gone = string.sub(oldest[2][2], -40)
      length, bytes = length - 1, bytes - #oldest[2][2]
    end
    if ref ~= '' then
      redis.call('HSET', KEYS[3], ref, number)
      has_refs = true
    end
    redis.call('PUBLISH', ARGV[i], payload)
  end
  reply[#reply + 1] = tonumber(known or seq)
end
if seq == unchanged then return reply end
local fields = {'seq', integer(seq), 'mac', mac, 'bytes', integer(bytes)}
if gone then fields[7], fields[8] = 'before', gone end
redis.call('HSET', KEYS[1], unpack(fields))
if has_refs then
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
end
expire(ttl, math.max(ttl, ref_life * 2))
return reply
`);

/**
 * Reads the log after what the caller knows: what the present epoch has when it knows nothing or
 * another one, or asks for all. Publishes a marker, by which the caller finds this moment in its
 * subscription.
 *
 * ARGV: 1 fresh epoch, 2 known epoch or '', 3 known seq, 4 known mac or '', 5 channel of the marker,
 * 6 marker, 7 least life of a ref in ms: so long is a group kept that nothing was said in; 8 '1' for
 * the whole log, 9 the version of the roster that the caller knows
 *
 * Returns {epoch, seq, base, mac of the last message or '', version of the roster, {id, member…} if it
 * is another, payloads…}.
 */
export const SYNC: Script = script(`${OPEN}
local known_epoch, known_seq = ARGV[2], tonumber(ARGV[3])
local epoch, seq, base, mac = open(ARGV[1], known_epoch, known_seq, ARGV[4])
local after = base
if ARGV[8] ~= '1' and known_epoch == epoch then after = known_seq end
local roster = redis.call('HGET', KEYS[1], 'roster') or '0'
local members = {}
if roster ~= ARGV[9] then members = redis.call('HGETALL', KEYS[5]) end
local reply = {epoch, seq, base, mac, roster, members}
if after < seq then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], integer(after + 1) .. '-0', '+')) do
    reply[#reply + 1] = entry[2][2]
  end
end
if seq == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[7]) end
redis.call('PUBLISH', ARGV[5], ARGV[6])
return reply
`);

/**
 * Lua for the roster: publishes each change on ARGV[1], the events channel. A change carries the
 * version before it and its own, which is never used again, also if Redis forgets: the time in
 * microseconds, or one more than before.
 */
const ROSTER = `
local function integer(n) return string.format('%.0f', n) end
local function split(member) return string.match(member, '^([^\\n]*)\\n([^\\n]*)\\n(.*)$') end
local function without(nodes, node)
  local rest = {}
  for other in string.gmatch(nodes, '[^,]+') do
    if other ~= node then rest[#rest + 1] = other end
  end
  return table.concat(rest, ',')
end
local function tell(id, nodes, name)
  local now = redis.call('TIME')
  local before = tonumber(redis.call('HGET', KEYS[1], 'roster') or '0')
  local version = math.max(before + 1, now[1] * 1000000 + now[2])
  redis.call('HSET', KEYS[1], 'roster', integer(version))
  redis.call('PUBLISH', ARGV[1], cmsgpack.pack({
    type = 'parley.member', id = id, nodes = nodes, name = name,
    before = integer(before), version = integer(version)
  }))
end
local function put(id, nodes, fold, name)
  redis.call('HSET', KEYS[6], fold, id)
  redis.call('HSET', KEYS[5], id, nodes .. '\\n' .. fold .. '\\n' .. name)
  tell(id, nodes, name)
end
local function discard(id, member, node)
  local nodes, fold, name = split(member)
  local rest = without(nodes, node)
  if rest == nodes then return end
  if rest ~= '' then return put(id, rest, fold, name) end
  redis.call('HDEL', KEYS[5], id)
  if redis.call('HGET', KEYS[6], fold) == id then redis.call('HDEL', KEYS[6], fold) end
  tell(id, '', false)
end
`;

/**
 * Puts a member into the roster on behalf of a node, or gives it another name.
 *
 * ARGV: 1 events channel, 2 life of a roster that nobody cares for in ms, 3 id, 4 node, 5 folded
 * name, 6 name. Returns {1}, or {0} when the name is another's.
 */
export const ROSTER_SET: Script = script(`${ROSTER}
local id, node, fold, name = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local owner = redis.call('HGET', KEYS[6], fold)
if owner and owner ~= id then return {0} end
local member = redis.call('HGET', KEYS[5], id)
local nodes, old_fold, old_name = '', fold, nil
if member then nodes, old_fold, old_name = split(member) end
local others = without(nodes, node)
if others == nodes or old_name ~= name then
  if old_fold ~= fold then redis.call('HDEL', KEYS[6], old_fold) end
  put(id, others == '' and node or others .. ',' .. node, fold, name)
end
redis.call('PEXPIRE', KEYS[5], ARGV[2])
redis.call('PEXPIRE', KEYS[6], ARGV[2])
return {1}
`);

/**
 * Takes a member out of the roster, unless it is there on behalf of another node too. ARGV: 1, 2 as
 * above, 3 id, 4 node.
 */
export const ROSTER_DISCARD: Script = script(`${ROSTER}
local member = redis.call('HGET', KEYS[5], ARGV[3])
if member then discard(ARGV[3], member, ARGV[4]) end
return {}
`);

/** Takes a dead node's members out of the roster. ARGV: 1, 2 as above, 3 node. */
export const ROSTER_REAP: Script = script(`${ROSTER}
local all = redis.call('HGETALL', KEYS[5])
for i = 1, #all, 2 do discard(all[i], all[i + 1], ARGV[3]) end
return {}
`);

/**
 * Looks whether a node still hears everything, and keeps the group alive for it.
 *
 * ARGV: 1 ttl in ms or 0, 2 life of a roster that nobody cares for in ms. Returns {epoch or '', seq,
 * version of the roster}.
 */
export const PROBE: Script = script(`
local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'roster')
local ttl, life, seq = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(state[2] or '0')
if seq == 0 then
  redis.call('PEXPIRE', KEYS[1], life)
elseif ttl > 0 then
  redis.call('PEXPIRE', KEYS[1], math.max(ttl, life))
end
redis.call('PEXPIRE', KEYS[5], life)
redis.call('PEXPIRE', KEYS[6], life)
return {state[1] or '', seq, state[3] or '0'}
`);

/**
 * A node says that it lives, and asks who else does. Lives are counted, not timed, so that no clock
 * can end one.
 *
 * KEYS: 1 hash of the nodes' beats, 2 the shared secret. ARGV: 1 node, 2 secret to share if there is
 * none, or '', 3 life of a forgotten cluster in ms, 4… dead nodes to forget. Returns {secret, {node,
 * beats…}}.
 */
export const BEAT: Script = script(`
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'NX') end
for i = 4, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
return {redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[1])}
`);

/** All of the above. */
export const ALL_SCRIPTS: readonly Script[] = [
  SEND,
  SYNC,
  ROSTER_SET,
  ROSTER_DISCARD,
  ROSTER_REAP,
  PROBE,
  BEAT,
];

/** A hash as Redis returns it, a flat list of fields and values. */
export function pairs(flat: Buffer[]): Map<string, string> {
  const map = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(String(flat[i]), String(flat[i + 1]));
  return map;
}
