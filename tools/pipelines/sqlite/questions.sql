-- sqlite3 -tabs closes.db <questions.sql

-- Where do last ACKs get lost? Server and port, the end that repeated its FIN,
-- behind or before the tap, how often, and the longest in microseconds.
SELECT server_ip, server_port, "end", json_extract(detail, '$.lost') AS lost,
       count(*) AS findings, max(duration_us)
FROM tcp_finding WHERE finding = 'lost_final_ack' AND phase = 'closed'
      AND coalesce(outcome, '') <> 'withdrawn'
GROUP BY 1, 2, 3, 4 ORDER BY findings DESC, 1, 2, 3, 4;

-- Who closes first, and so holds the TIME-WAIT? By port of the server.
SELECT server_port, closed_first, count(*)
FROM tcp_close WHERE closed_first IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- How long do closes take? By port of the server, the slowest first.
SELECT server_port, count(*), max(close_duration_us) AS slowest_us
FROM tcp_close WHERE close_duration_us IS NOT NULL
GROUP BY 1 ORDER BY slowest_us DESC, 1;

-- Why were FINs repeated, what became of it, how often, and how many copies?
SELECT json_extract(detail, '$.cause') AS cause, outcome, count(*),
       sum(json_extract(detail, '$.copies'))
FROM tcp_finding WHERE finding = 'fin_retransmission' AND phase = 'closed'
      AND coalesce(outcome, '') <> 'withdrawn'
GROUP BY 1, 2 ORDER BY 1, 2;
