-- Written by from_schemas. Records go in with
--
--     clickhouse-client --date_time_input_format best_effort \
--         --input_format_skip_unknown_fields 1 --query \
--         "INSERT INTO tcpclose.tcp_close FORMAT JSONEachRow"
--
-- A record that is loaded twice is one again after a merge, and in queries
-- with FINAL.
CREATE DATABASE IF NOT EXISTS tcpclose;

-- what was asked for, at the start
CREATE TABLE IF NOT EXISTS tcpclose.run (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(Nullable(String)) COMMENT 'the capture file or interface',
    `version` LowCardinality(String) COMMENT 'version of tcpclose',
    `live` Nullable(Bool) COMMENT 'read from an interface, not from files',
    `part` Nullable(UInt64) COMMENT 'which file of this output begins here, where it is not the first: outputs are rotated, or were opened anew',
    `input_count` Nullable(UInt64) COMMENT 'how many files or interfaces are read',
    `inputs` Array(String) COMMENT 'their names, the first few',
    `formats` Array(String) COMMENT 'their formats: pcap, pcapng, and how they are packed',
    `link_types` Array(String) COMMENT 'link types met in them',
    `filter` Nullable(String) COMMENT 'the capture filter',
    `options` Array(String) COMMENT 'options that are not at their defaults',
    `sandbox` Array(String) COMMENT 'rights given up before the first byte was read: user:NAME, no_new_privs, no_capabilities, landlock:ABI, seccomp',
    `libraries` Array(String) COMMENT 'libraries in use, with versions'
) ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY timestamp;

-- what was read and what is held, at the end and at intervals
CREATE TABLE IF NOT EXISTS tcpclose.stats (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(Nullable(String)) COMMENT 'the capture file or interface',
    `final` Bool COMMENT 'the last of this run',
    `first_packet` Nullable(DateTime64(9, 'UTC')) COMMENT 'time of the earliest packet',
    `last_packet` Nullable(DateTime64(9, 'UTC')) COMMENT 'time of the latest packet',
    `duration_us` Nullable(UInt64) COMMENT 'from the earliest packet to the latest; in us',
    `packets` UInt64 COMMENT 'packets read; in packets',
    `bytes` UInt64 COMMENT 'length on the wire of the packets read; in bytes',
    `tcp_segments` UInt64 COMMENT 'TCP segments among the packets read; in packets',
    `packets_per_second` Nullable(UInt64) COMMENT 'rate in capture time, since the last stats record; in packets/s',
    `time_reversals` Nullable(UInt64) COMMENT 'packets older than the one before; in packets',
    `capture_duplicates` Nullable(UInt64) COMMENT 'packets captured twice; in packets',
    `truncated_files` Nullable(UInt64) COMMENT 'captures whose last packet is cut off; in files',
    `decode` Tuple(`tcp` UInt64, `not_ip` UInt64, `not_tcp` UInt64, `fragment` UInt64, `first_fragment_short` UInt64, `truncated` UInt64, `bad_link` UInt64, `bad_ip` UInt64, `bad_tcp` UInt64, `bad_checksum` UInt64, `unknown_link_type` UInt64) COMMENT 'packets by what decoding came to',
    `dropped` Tuple(`kernel` Nullable(UInt64), `interface` Nullable(UInt64)) COMMENT 'packets that the capture missed, where that is known',
    `connections` UInt64 COMMENT 'connections seen so far',
    `connections_open` Nullable(UInt64) COMMENT 'connections held now',
    `past_incarnations` Nullable(UInt64) COMMENT 'earlier lives of four-tuples held now',
    `findings` Nullable(UInt64) COMMENT 'findings made so far',
    `findings_held_back` Nullable(UInt64) COMMENT 'findings not told while they lasted because too many of their kind came in a second; live only',
    `findings_dismissed` Nullable(UInt64) COMMENT 'troubles that the kernel\'s word dismissed; with --kernel-states',
    `kernel_questions` Nullable(UInt64) COMMENT 'sockets of this host that the kernel was asked about; with --kernel-states',
    `kernel_held_back` Nullable(UInt64) COMMENT 'findings for which it was not asked because too many came in a second',
    `ends` Tuple(`syn_sent` UInt64, `syn_received` UInt64, `established` UInt64, `fin_wait_1` UInt64, `fin_wait_2` UInt64, `closing` UInt64, `time_wait` UInt64, `close_wait` UInt64, `last_ack` UInt64, `closed` UInt64, `unknown` UInt64) COMMENT 'ends by modelled state, as netstat on their hosts would count them now: of the connections held, and TIME-WAIT of those that are over',
    `ends_peak` Tuple(`syn_sent` Nullable(UInt64), `syn_received` Nullable(UInt64), `established` Nullable(UInt64), `fin_wait_1` Nullable(UInt64), `fin_wait_2` Nullable(UInt64), `closing` Nullable(UInt64), `time_wait` Nullable(UInt64), `close_wait` Nullable(UInt64), `last_ack` Nullable(UInt64), `closed` Nullable(UInt64), `unknown` Nullable(UInt64)) COMMENT 'the most that `ends` has counted at one time',
    `ends_peak_at` Tuple(`syn_sent` Nullable(DateTime64(9, 'UTC')), `syn_received` Nullable(DateTime64(9, 'UTC')), `established` Nullable(DateTime64(9, 'UTC')), `fin_wait_1` Nullable(DateTime64(9, 'UTC')), `fin_wait_2` Nullable(DateTime64(9, 'UTC')), `closing` Nullable(DateTime64(9, 'UTC')), `time_wait` Nullable(DateTime64(9, 'UTC')), `close_wait` Nullable(DateTime64(9, 'UTC')), `last_ack` Nullable(DateTime64(9, 'UTC')), `closed` Nullable(DateTime64(9, 'UTC')), `unknown` Nullable(DateTime64(9, 'UTC'))) COMMENT 'when that was',
    `time_waits` Tuple(`client` Nullable(UInt64), `server` Nullable(UInt64)) COMMENT 'TIME-WAITs begun so far, by the end that held them',
    `evicted` Tuple(`past_incarnations` Nullable(UInt64), `unanswered_syns` Nullable(UInt64), `connections` Nullable(UInt64)) COMMENT 'what was forgotten early for lack of memory',
    `memory_bytes` Nullable(UInt64) COMMENT 'memory of the tables; in bytes',
    `memory_limit_bytes` Nullable(UInt64) COMMENT 'what --max-memory allows; in bytes',
    `host_states` Tuple(`syn_sent` Nullable(UInt64), `syn_received` Nullable(UInt64), `established` Nullable(UInt64), `fin_wait_1` Nullable(UInt64), `fin_wait_2` Nullable(UInt64), `closing` Nullable(UInt64), `time_wait` Nullable(UInt64), `close_wait` Nullable(UInt64), `last_ack` Nullable(UInt64)) COMMENT 'sockets of this host by state, as its kernel counts them and ss lists them, listeners aside; with --kernel-states, and absent while there are too many in closing states to count them at once',
    `host_orphans` Nullable(UInt64) COMMENT 'sockets that no program holds, TIME-WAIT aside, of the whole host; in sockets',
    `host_sysctls` Tuple(`tcp_fin_timeout` Nullable(UInt64), `tcp_orphan_retries` Nullable(Int64), `tcp_tw_reuse` Nullable(UInt64), `tcp_max_tw_buckets` Nullable(UInt64), `tcp_max_orphans` Nullable(UInt64), `tcp_rfc1337` Nullable(UInt64), `ip_local_port_range` Array(Int64)) COMMENT 'sysctls of this host, below net.ipv4, that decide how connections end; with --kernel-states',
    `output_lost_records` Nullable(UInt64) COMMENT 'records that an ndjson output lost so far, because its reader was too slow or left, or its disk was full for too long; live only; in records',
    `output_waiting_bytes` Nullable(UInt64) COMMENT 'what waits in the queues of the outputs now; live only; in bytes',
    `outputs_failing` Nullable(UInt64) COMMENT 'outputs that cannot be written to now; live only'
) ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY timestamp;

-- one for each connection, when it is over or the capture ends
CREATE TABLE IF NOT EXISTS tcpclose.tcp_close (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(String) COMMENT 'the capture file or interface',
    `event_id` FixedString(16) COMMENT 'identifies this event; the same whenever the same capture is read',
    `flow_id` FixedString(16) COMMENT 'identifies the connection in all its records',
    `community_id` Nullable(String) COMMENT 'Community ID version 1, seed 0, as Zeek and Suricata write it',
    `stream` Nullable(UInt64) COMMENT 'tcp.stream in Wireshark',
    `incarnation` Nullable(UInt64) COMMENT 'which life of this four-tuple: 1, 2, ...',
    `ip_version` UInt64 COMMENT '4 or 6',
    `vlan_id` Array(Int64) COMMENT 'VLAN tags, outermost first',
    `tunnel` LowCardinality(Nullable(String)) COMMENT 'the tunnel the packets came in',
    `started` DateTime64(9, 'UTC') COMMENT 'its first packet',
    `ended` DateTime64(9, 'UTC') COMMENT 'its last packet',
    `duration_us` UInt64 COMMENT 'from its first packet to its last; in us',
    `first_frame` Nullable(UInt64) COMMENT 'frame.number in Wireshark, within source',
    `last_frame` Nullable(UInt64) COMMENT 'frame.number in Wireshark, within its file',
    `last_frame_source` Nullable(String) COMMENT 'the capture file of last_frame; absent if that is source',
    `direction_source` LowCardinality(Nullable(String)) COMMENT 'how client and server were told apart',
    `close` Tuple(`kind` LowCardinality(String), `closed_first` LowCardinality(Nullable(String)), `complete` Nullable(Bool), `reset_by` LowCardinality(Nullable(String)), `end_reason` LowCardinality(Nullable(String)), `started` Nullable(DateTime64(9, 'UTC')), `duration_us` Nullable(UInt64), `history` Nullable(String), `conn_state` LowCardinality(Nullable(String))) COMMENT 'how it ended',
    `client` Tuple(`ip` IPv6, `port` UInt64, `state` LowCardinality(String), `state_grade` LowCardinality(Nullable(String)), `packets` Nullable(UInt64), `bytes` Nullable(UInt64), `fin_sent` Nullable(UInt64), `fin_retransmits` Nullable(UInt64), `rst_sent` Nullable(UInt64), `zero_windows` Nullable(UInt64), `window_probes` Nullable(UInt64), `keep_alives` Nullable(UInt64), `unacked_bytes` Nullable(UInt64), `missing_bytes` Nullable(UInt64), `time_in_fin_wait_1_us` Nullable(UInt64), `time_in_fin_wait_2_us` Nullable(UInt64), `time_in_closing_us` Nullable(UInt64), `time_in_time_wait_us` Nullable(UInt64), `time_in_close_wait_us` Nullable(UInt64), `time_in_last_ack_us` Nullable(UInt64), `sequence_start` Nullable(UInt64)) COMMENT 'the end that opened it',
    `server` Tuple(`ip` IPv6, `port` UInt64, `state` LowCardinality(String), `state_grade` LowCardinality(Nullable(String)), `packets` Nullable(UInt64), `bytes` Nullable(UInt64), `fin_sent` Nullable(UInt64), `fin_retransmits` Nullable(UInt64), `rst_sent` Nullable(UInt64), `zero_windows` Nullable(UInt64), `window_probes` Nullable(UInt64), `keep_alives` Nullable(UInt64), `unacked_bytes` Nullable(UInt64), `missing_bytes` Nullable(UInt64), `time_in_fin_wait_1_us` Nullable(UInt64), `time_in_fin_wait_2_us` Nullable(UInt64), `time_in_closing_us` Nullable(UInt64), `time_in_time_wait_us` Nullable(UInt64), `time_in_close_wait_us` Nullable(UInt64), `time_in_last_ack_us` Nullable(UInt64), `sequence_start` Nullable(UInt64)) COMMENT 'the other end',
    `rtt_client_us` Nullable(UInt64) COMMENT 'from the tap to the client and back; in us',
    `rtt_server_us` Nullable(UInt64) COMMENT 'from the tap to the server and back; in us',
    `vantage` LowCardinality(Nullable(String)) COMMENT 'where the tap stood',
    `capture_loss` Nullable(Bool) COMMENT 'packets are missing from the capture, or one direction is, or the capture says that it missed packets while the connection lasted',
    `severity` LowCardinality(Nullable(String)) COMMENT 'of its worst finding',
    `findings` Array(String) COMMENT 'names of its findings'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_id);

-- one for each trouble
CREATE TABLE IF NOT EXISTS tcpclose.tcp_finding (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(String) COMMENT 'the capture file or interface',
    `event_id` FixedString(16) COMMENT 'identifies this event; the same whenever the same capture is read',
    `flow_id` Nullable(FixedString(16)) COMMENT 'identifies the connection in all its records',
    `community_id` Nullable(String) COMMENT 'Community ID version 1, seed 0, as Zeek and Suricata write it',
    `stream` Nullable(UInt64) COMMENT 'tcp.stream in Wireshark',
    `incarnation` Nullable(UInt64) COMMENT 'which life of this four-tuple: 1, 2, ...',
    `ip_version` Nullable(UInt64) COMMENT '4 or 6',
    `vlan_id` Array(Int64) COMMENT 'VLAN tags, outermost first',
    `tunnel` LowCardinality(Nullable(String)) COMMENT 'the tunnel the packets came in',
    `client` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the end that opened the connection',
    `server` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the other end',
    `finding` LowCardinality(String) COMMENT 'which trouble it is',
    `phase` LowCardinality(String) COMMENT 'open while it lasts, closed when its outcome is known',
    `severity` LowCardinality(String) COMMENT 'how much it matters',
    `confidence` LowCardinality(String) COMMENT 'certain: the capture has no other reading; likely: one presumption; possible: a pattern only',
    `end` LowCardinality(Nullable(String)) COMMENT 'the end that bears the consequence',
    `first_timestamp` DateTime64(9, 'UTC') COMMENT 'its first packet',
    `last_timestamp` DateTime64(9, 'UTC') COMMENT 'its last packet so far',
    `duration_us` UInt64 COMMENT 'from its first packet to its last; in us',
    `count` Nullable(UInt64) COMMENT 'how often it happened in this one finding',
    `outcome` LowCardinality(Nullable(String)) COMMENT 'what became of it: a word of the finding\'s own list, or withdrawn if it was told as open and turned out to be no trouble; absent while it is open',
    `message` String COMMENT 'one plain sentence',
    `filter` Nullable(String) COMMENT 'a Wireshark display filter that shows it',
    `frames` Array(UInt64) COMMENT 'the packets that prove it: frame.number in Wireshark, within source, or each within its own file where frame_sources is given',
    `frame_sources` Array(String) COMMENT 'the capture file of each of frames, in their order; unknown beyond the first 65535 files; absent if all are of source',
    `kernel` Tuple(`end` LowCardinality(Nullable(String)), `state` LowCardinality(Nullable(String)), `timer` LowCardinality(Nullable(String)), `timer_expires_us` Nullable(UInt64), `retransmits` Nullable(UInt64), `probes` Nullable(UInt64), `rto_us` Nullable(UInt64), `send_queue_bytes` Nullable(UInt64), `receive_queue_bytes` Nullable(UInt64), `send_window_bytes` Nullable(UInt64), `memory_bytes` Nullable(UInt64), `orphaned` Nullable(Bool), `unaccepted` Nullable(Bool), `inode` Nullable(UInt64), `uid` Nullable(UInt64)) COMMENT 'what the kernel of this host said of the socket when this record was made; with --kernel-states',
    `lost_final_ack` Tuple(`lost` LowCardinality(Nullable(String)), `ack_frame` Nullable(UInt64), `ack_frame_source` Nullable(String), `fin_copies` Nullable(UInt64), `reacked` Nullable(UInt64)) COMMENT 'the last ACK of a close did not arrive, so the other end kept repeating its FIN',
    `fin_retransmission` Tuple(`cause` LowCardinality(Nullable(String)), `cause_confidence` LowCardinality(Nullable(String)), `copies` Nullable(UInt64), `first_fin_frame` Nullable(UInt64), `first_fin_frame_source` Nullable(String), `orphan_retries_at_least` Nullable(UInt64), `orphan_retries_estimate` Nullable(UInt64), `gaps_us` Array(Int64)) COMMENT 'an end sent its FIN more than once',
    `fin_wait_1_pin` Tuple(`fin` LowCardinality(String), `close_shown_by` LowCardinality(String), `probes` UInt64, `answers` UInt64, `probe_gaps_us` Array(Int64), `zero_window_us` UInt64, `held_bytes` Nullable(UInt64), `snd_nxt` UInt64, `rcv_nxt` UInt64) COMMENT 'an end could not finish its close because the other end\'s window stayed 0',
    `paws_failure` Tuple(`tsval` UInt64, `ts_recent` UInt64, `behind_ticks` UInt64, `segment` LowCardinality(String), `incarnation` UInt64, `reaction` LowCardinality(String), `needed` Bool, `tries` Nullable(UInt64)) COMMENT 'an end rejected segments for timestamps older than what it had accepted',
    `stale_rst` Tuple(`rst_incarnation` UInt64, `rst_flow_id` Nullable(FixedString(16)), `rst_of` LowCardinality(String), `recognised_by` LowCardinality(String), `gap_us` UInt64, `position` LowCardinality(Nullable(String)), `duplicate` Bool) COMMENT 'an RST of an earlier connection arrived in a later one of the same four-tuple',
    `abortive_close` Tuple(`kind` LowCardinality(String), `kind_confidence` LowCardinality(String), `state` LowCardinality(String), `peer_unacked_bytes` UInt64, `own_unacked_bytes` UInt64, `keep_alives` UInt64, `rsts` UInt64) COMMENT 'an end ended the connection by RST instead of FIN',
    `data_after_close` Tuple(`lost_bytes` UInt64, `gap_us` Nullable(UInt64), `rsts` UInt64) COMMENT 'an end closed wholly while its peer still sent, and reset the data',
    `third_party_rst` Tuple(`evidence` Array(LowCardinality(String)), `ttl` UInt64, `own_ttl` UInt64, `rsts` UInt64) COMMENT 'an RST was not sent by the end that it names',
    `old_duplicate` Tuple(`old_incarnation` UInt64, `old_flow_id` Nullable(FixedString(16)), `segment` LowCardinality(String), `recognised_by` LowCardinality(String), `bytes` UInt64, `gap_us` UInt64) COMMENT 'data or a FIN of an earlier connection arrived in a later one of the same four-tuple',
    `close_wait_leak` Tuple(`silent_us` UInt64, `close_wait_us` UInt64, `data_segments` Nullable(UInt64), `fin_frame` Nullable(UInt64), `fin_frame_source` Nullable(String), `last_heard_frame` Nullable(UInt64), `last_heard_frame_source` Nullable(String)) COMMENT 'an end stays in CLOSE-WAIT: its program does not close',
    `fin_wait_2_timeout` Tuple(`cause` LowCardinality(String), `answered` LowCardinality(String), `waited_us` UInt64, `timeout_at_least_us` Nullable(UInt64), `timeout_at_most_us` Nullable(UInt64), `timeout_estimate_us` Nullable(UInt64), `late_frame` Nullable(UInt64), `late_frame_source` Nullable(String), `rst_frame` Nullable(UInt64), `rst_frame_source` Nullable(String)) COMMENT 'an end waited for its peer\'s FIN until a timer ended FIN-WAIT-2; what came later was reset',
    `simultaneous_close` Tuple(`why` LowCardinality(String), `gap_us` UInt64, `first_fin_frame` Nullable(UInt64), `first_fin_frame_source` Nullable(String), `second_fin_frame` Nullable(UInt64), `second_fin_frame_source` Nullable(String)) COMMENT 'both ends closed at the same time',
    `tuple_reuse` Tuple(`previous_flow_id` Nullable(FixedString(16)), `gap_us` UInt64, `into` LowCardinality(String), `fingerprint` LowCardinality(String)) COMMENT 'a four-tuple was opened again within TIME-WAIT, or while an end still held the connection before',
    `half_open_cleanup` Tuple(`previous_flow_id` Nullable(FixedString(16)), `held_state` LowCardinality(Nullable(String)), `answers` UInt64, `resets` UInt64, `delay_us` Nullable(UInt64)) COMMENT 'a SYN met an end that still held an older connection of the same four-tuple, and reset it',
    `time_wait_assassination` Tuple(`drawn_by` LowCardinality(String), `answer_frame` Nullable(UInt64), `answer_frame_source` Nullable(String), `time_wait_lasted_us` UInt64) COMMENT 'an RST ended TIME-WAIT before its time',
    `time_wait_missing` Tuple(`ack_frame` UInt64, `ack_frame_source` Nullable(String), `time_wait_age_us` UInt64) COMMENT 'an end that should be in TIME-WAIT answered a copy of the peer\'s FIN with an RST',
    `port_exhaustion` Tuple(`ports` UInt64, `live_ports` Nullable(UInt64), `time_wait_ports` Nullable(UInt64), `port_range` UInt64, `percent` UInt64, `closes_per_second` Nullable(UInt64), `reused` Nullable(UInt64), `connections` Nullable(UInt64), `lowest_port` Nullable(UInt64), `highest_port` Nullable(UInt64)) COMMENT 'a client uses up the ports from which it can reach a server',
    `syn_timestamp_drop` Tuple(`connections_ignored` UInt64, `syns_ignored` UInt64, `connections_answered` Nullable(UInt64), `tsval` Nullable(UInt64), `remembered_tsval` Nullable(UInt64), `behind_ticks` Nullable(UInt64), `remembered_for_us` Nullable(UInt64)) COMMENT 'SYNs of an address were ignored while other connections of it had newer timestamps'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_id);

-- with stats, what a host did to others, and betrayed of its settings, so far
CREATE TABLE IF NOT EXISTS tcpclose.tcp_host (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(Nullable(String)) COMMENT 'the capture file or interface',
    `event_id` FixedString(16) COMMENT 'identifies this account of this capture; a later one of the same id takes its place',
    `final` Bool COMMENT 'the last of this run',
    `ip_version` UInt64 COMMENT '4 or 6',
    `host` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'who it is',
    `pins` Tuple(`count` UInt64, `count_at_least` UInt64, `total_us` UInt64, `longest_us` UInt64) COMMENT 'how often it kept its peers in FIN-WAIT-1, by a window that stayed 0',
    `settings` Tuple(`tcp_orphan_retries` Tuple(`value` UInt64, `at_least` UInt64, `at_most` UInt64, `varies` Bool, `confidence` LowCardinality(String), `observations` UInt64, `frame` Nullable(UInt64), `frame_source` Nullable(String), `flow_id` Nullable(FixedString(16)), `evidence` String), `tcp_fin_timeout` Tuple(`value` UInt64, `at_least` UInt64, `at_most` UInt64, `varies` Bool, `confidence` LowCardinality(String), `observations` UInt64, `frame` Nullable(UInt64), `frame_source` Nullable(String), `flow_id` Nullable(FixedString(16)), `evidence` String), `tcp_tw_reuse` Tuple(`value` UInt64, `at_least` UInt64, `at_most` UInt64, `varies` Bool, `confidence` LowCardinality(String), `observations` UInt64, `frame` Nullable(UInt64), `frame_source` Nullable(String), `flow_id` Nullable(FixedString(16)), `evidence` String), `tcp_rfc1337` Tuple(`value` UInt64, `at_least` UInt64, `at_most` UInt64, `varies` Bool, `confidence` LowCardinality(String), `observations` UInt64, `frame` Nullable(UInt64), `frame_source` Nullable(String), `flow_id` Nullable(FixedString(16)), `evidence` String), `tcp_rto_max_ms` Tuple(`value` UInt64, `at_least` UInt64, `at_most` UInt64, `varies` Bool, `confidence` LowCardinality(String), `observations` UInt64, `frame` Nullable(UInt64), `frame_source` Nullable(String), `flow_id` Nullable(FixedString(16)), `evidence` String)) COMMENT 'what the wire betrays of its settings, named as Linux names them'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_id);

-- with stats, what the connections of a client, a server and its port cost so far
CREATE TABLE IF NOT EXISTS tcpclose.tcp_route (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(Nullable(String)) COMMENT 'the capture file or interface',
    `event_id` FixedString(16) COMMENT 'identifies this account of this capture; a later one of the same id takes its place',
    `final` Bool COMMENT 'the last of this run',
    `ip_version` UInt64 COMMENT '4 or 6',
    `client` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the host that opened the connections',
    `server` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the host and port that it opened them to',
    `first_timestamp` DateTime64(9, 'UTC') COMMENT 'the first of them was established',
    `last_timestamp` DateTime64(9, 'UTC') COMMENT 'the last of them was established',
    `connections` UInt64 COMMENT 'connections established, as the Space-Saving method counts the 64 busiest routes: never too few',
    `connections_at_least` UInt64 COMMENT 'how many there were for certain: all else in this record is of these',
    `open` UInt64 COMMENT 'connections established now',
    `open_peak` UInt64 COMMENT 'the most at one time',
    `open_peak_at` Nullable(DateTime64(9, 'UTC')) COMMENT 'when that was, the first time',
    `time_wait` Tuple(`held_by_client` UInt64, `held_by_server` UInt64, `client_now` UInt64, `client_peak` UInt64, `client_peak_at` Nullable(DateTime64(9, 'UTC')), `server_now` UInt64, `server_peak` UInt64, `server_peak_at` Nullable(DateTime64(9, 'UTC')), `port_range` UInt64, `port_range_share` Float64, `closes_per_second` Float64, `closes_per_second_peak` UInt64, `closes_per_second_peak_at` Nullable(DateTime64(9, 'UTC')), `closes_per_second_ceiling` Nullable(Float64), `total_us` Nullable(UInt64), `mean` Nullable(Float64)) COMMENT 'TIME-WAITs they left, and at which end',
    `short_connections` Tuple(`over` UInt64, `short` UInt64, `short_share` Float64, `keep_alive_would_save` UInt64) COMMENT 'those too short to be worth opening'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_id);

-- with stats, what a server's port left unclosed so far
CREATE TABLE IF NOT EXISTS tcpclose.tcp_service (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(Nullable(String)) COMMENT 'the capture file or interface',
    `event_id` FixedString(16) COMMENT 'identifies this account of this capture; a later one of the same id takes its place',
    `final` Bool COMMENT 'the last of this run',
    `ip_version` UInt64 COMMENT '4 or 6',
    `server` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the host and port that accepted the connections',
    `close_wait` Tuple(`connections` UInt64, `at_end` UInt64, `total_us` UInt64, `total_at_least_us` UInt64, `longest_us` UInt64) COMMENT 'CLOSE-WAIT of its ends: the client has closed, the program that serves has not'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_id);

-- one for each state transition of an end
CREATE TABLE IF NOT EXISTS tcpclose.tcp_state (
    `event_type` LowCardinality(String),
    `schema_version` LowCardinality(String),
    `timestamp` DateTime64(9, 'UTC') COMMENT 'when it happened, in the time of the capture',
    `source` LowCardinality(String) COMMENT 'the capture file or interface',
    `event_id` FixedString(16) COMMENT 'identifies this event; the same whenever the same capture is read',
    `flow_id` FixedString(16) COMMENT 'identifies the connection in all its records',
    `community_id` Nullable(String) COMMENT 'Community ID version 1, seed 0, as Zeek and Suricata write it',
    `stream` Nullable(UInt64) COMMENT 'tcp.stream in Wireshark',
    `incarnation` Nullable(UInt64) COMMENT 'which life of this four-tuple: 1, 2, ...',
    `ip_version` UInt64 COMMENT '4 or 6',
    `vlan_id` Array(Int64) COMMENT 'VLAN tags, outermost first',
    `tunnel` LowCardinality(Nullable(String)) COMMENT 'the tunnel the packets came in',
    `client` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the end that opened the connection',
    `server` Tuple(`ip` Nullable(IPv6), `port` Nullable(UInt64)) COMMENT 'the other end',
    `end` LowCardinality(String) COMMENT 'whose state changed',
    `from` LowCardinality(String) COMMENT 'its state before',
    `to` LowCardinality(String) COMMENT 'its state after',
    `grade` LowCardinality(Nullable(String)) COMMENT 'how sure the new state is',
    `cause` LowCardinality(Nullable(String)) COMMENT 'the event, in the words of the state machine',
    `frame` Nullable(UInt64) COMMENT 'frame.number in Wireshark, within source; absent where a timer ran out',
    `rolled_back` Nullable(Bool) COMMENT 'a presumption that a later segment contradicted is taken back'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, event_id);
