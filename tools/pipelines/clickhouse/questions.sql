-- clickhouse-client --multiquery <questions.sql

-- Where do last ACKs get lost? Server and port, the end that repeated its FIN,
-- behind or before the tap, how often, and the longest in microseconds.
SELECT replaceOne(toString(server.ip), '::ffff:', '') AS ip, server.port,
       `end`, lost_final_ack.lost, count() AS findings, max(duration_us)
FROM tcpclose.tcp_finding FINAL
WHERE finding = 'lost_final_ack' AND phase = 'closed'
      AND coalesce(outcome, '') <> 'withdrawn'
GROUP BY 1, 2, 3, 4 ORDER BY findings DESC, 1, 2, 3, 4;

-- Who closes first, and so holds the TIME-WAIT? By port of the server.
SELECT server.port, close.closed_first, count()
FROM tcpclose.tcp_close FINAL WHERE close.closed_first IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- How long do closes take? By port of the server, the slowest first.
SELECT server.port, count(), max(close.duration_us) AS slowest_us
FROM tcpclose.tcp_close FINAL WHERE close.duration_us IS NOT NULL
GROUP BY 1 ORDER BY slowest_us DESC, 1;

-- Why were FINs repeated, what became of it, how often, and how many copies?
SELECT fin_retransmission.cause, outcome, count(), sum(fin_retransmission.copies)
FROM tcpclose.tcp_finding FINAL
WHERE finding = 'fin_retransmission' AND phase = 'closed'
      AND coalesce(outcome, '') <> 'withdrawn'
GROUP BY 1, 2 ORDER BY 1, 2;
