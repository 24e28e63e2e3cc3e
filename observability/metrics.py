"""Every metric that a process counts, named once; what is read at a scrape (a queue's length, the
feed's age) is registered with `observability.scrape`. Labels stay few: rule, reason, kind; never a
user.

Durations are in milliseconds because the promises are. The four that the promises rest on are also
kept as sketches: use `observability.slo.record`, which fills both.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# 120 and 180 are where the HUD turns amber and red; 150 is the voice's promise.
EYE_MS = (5, 10, 20, 30, 40, 60, 80, 100, 120, 150, 180, 250, 400, 700, 1_000, 2_500, 5_000)
GAP_MS = (20, 50, 80, 120, 180, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000)
STAGE_MS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 80, 120, 180, 500, 1_000, 5_000)
STEP_MS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 20, 100, 500, 2_000)

# --- What the trader sees -------------------------------------------------------------------------

tick_to_wick_ms = Histogram(
    "tick_to_wick_ms", "Server send to candle painted, visible tabs", buckets=EYE_MS
)
ingest_to_wick_ms = Histogram(
    "ingest_to_wick_ms", "Feed receipt to candle painted, visible tabs", buckets=EYE_MS
)
voice_interrupt_ms = Histogram(
    "voice_interrupt_ms", "Onset of an interruption to the last audible sample", buckets=EYE_MS
)
history_gap_fill_ms = Histogram(
    "history_gap_fill_ms", "A hole in bars or alerts noticed to closed", buckets=GAP_MS
)
rtt_ms = Histogram("rtt_ms", "Browser to server and back", buckets=EYE_MS)
sse_reconnects_total = Counter(
    "sse_reconnects_total", "Streams that a browser had to open anew, planned rotation apart"
)
client_samples_total = Counter(
    "client_samples_total",
    "Samples sent by browsers: counted, hidden, uncertain, duplicate",
    ["outcome"],
)

# --- Stream ---------------------------------------------------------------------------------------

sse_clients = Gauge("sse_clients", "Open streams", multiprocess_mode="livesum")
sse_opens_total = Counter(
    "sse_opens_total", "Streams asked for: fresh, resumed, reset, refused", ["outcome"]
)
sse_closes_total = Counter("sse_closes_total", "Streams ended", ["reason"])
sse_events_total = Counter("sse_events_total", "Events sent to streams, by kind", ["kind"])
sse_queued_frames = Gauge(
    "sse_queued_frames", "Frames waiting for slow streams", multiprocess_mode="livesum"
)
sse_fanout_ms = Histogram(
    "sse_fanout_ms", "Events read from the ring to written to the last stream", buckets=STAGE_MS
)
ring_reader_errors_total = Counter("ring_reader_errors_total", "Times the ring could not be read")

# --- Live -----------------------------------------------------------------------------------------

feed_bars_total = Counter("feed_bars_total", "Bars received", ["timeframe"])
feed_errors_total = Counter("feed_errors_total", "What the feed got wrong", ["reason"])
feed_connected = Gauge(
    "feed_connected", "Connections to the vendor that are up", multiprocess_mode="livesum"
)
feed_reconnects_total = Counter("feed_reconnects_total", "Connections to the vendor that were lost")
feed_backfill_ms = Histogram(
    "feed_backfill_ms", "Connected again to the hole filled", buckets=(*STAGE_MS, 20_000, 60_000)
)
evaluator_bar_ms = Histogram(
    "evaluator_bar_ms", "Evaluator time for one bar, all rules", buckets=STEP_MS
)
ingest_to_commit_ms = Histogram(
    "ingest_to_commit_ms", "Bar received to its signals committed", buckets=STAGE_MS
)
ingest_to_publish_ms = Histogram(
    "ingest_to_publish_ms", "Bar received to written to the ring", buckets=STAGE_MS
)
signals_fired_total = Counter("signals_fired_total", "Signals recorded", ["rule"])
alerts_delivered_total = Counter(
    "alerts_delivered_total", "Signals that passed the gates", ["rule"]
)
alerts_suppressed_total = Counter(
    "alerts_suppressed_total", "Signals that a gate held back", ["rule", "reason"]
)

# --- Voice ----------------------------------------------------------------------------------------

voice_sessions = Gauge("voice_sessions", "Open voice connections", multiprocess_mode="livesum")
voice_utterances_total = Counter(
    "voice_utterances_total", "Utterances: said, interrupted, failed", ["synthesizer", "outcome"]
)
voice_first_audio_ms = Histogram(
    "voice_first_audio_ms", "Text to first audio chunk", buckets=STAGE_MS
)
voice_cancel_ms = Histogram(
    "voice_cancel_ms", "Interruption received to the last chunk sent", buckets=STAGE_MS
)

# --- Learning and backtests -----------------------------------------------------------------------

feedback_labels_total = Counter("feedback_labels_total", "Labels given", ["rule", "label"])
backtest_runs_total = Counter("backtest_runs_total", "Backtests ended", ["status"])
backtest_run_ms = Histogram(
    "backtest_run_ms", "A backtest from asked for to result", buckets=(*STAGE_MS, 20_000, 60_000)
)

# --- Tasks ----------------------------------------------------------------------------------------

celery_tasks_total = Counter("celery_tasks_total", "Tasks ended", ["task", "state"])
celery_task_ms = Histogram(
    "celery_task_ms", "Task run time", ["task"], buckets=(*STAGE_MS, 20_000, 60_000)
)
