package coordinator

import (
	"sync/atomic"

	"braid/coordinator/dispatch"
	"braid/transport"

	"github.com/prometheus/client_golang/prometheus"
)

// stats are figures of a fleet that others may read while it works.
type stats struct {
	workers, refused, damaged, crowded, gateClosed, late, unsent, patchBytes, rounds, unsaved atomic.Int64
	dispatch                                                                                  atomic.Pointer[dispatch.Counters]
	feeds, lagged, sending                                                                    atomic.Int64 // of the publisher
	times                                                                                     times
}

// count publishes the machine's counters.
func (f *fleet) count() {
	c := f.machine.Counters
	f.stats.dispatch.Store(&c)
	p := f.publisher.counters()
	f.stats.feeds.Store(int64(p.Feeds))
	f.stats.lagged.Store(int64(p.Lagged))
	f.stats.patchBytes.Store(f.publisher.bytes.Load())
	f.stats.sending.Store(f.publisher.nanos.Load())
}

// figures are the names and meanings of what is exported.
var figures = []struct {
	name, help string
	kind       prometheus.ValueType
	value      func(s *stats, c *dispatch.Counters, t transport.Counters) float64
}{
	{"braid_workers", "Workers that can be given work.", prometheus.GaugeValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return float64(s.workers.Load()) }},
	{"braid_rounds_total", "Gradients and scorings of this term.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return float64(s.rounds.Load()) }},
	{"braid_steps_total", "Steps of this term.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.times.steps.Load())
	}},
	{"braid_step_seconds_total", "Time from the first step to the end of the newest.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return seconds(&s.times.all) }},
	{"braid_fleet_seconds_total", "Part of it: the fleet's, from a step's parameters to its gradient.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return seconds(&s.times.fleet) }},
	{"braid_compute_seconds_total", "Part of the fleet's: the slowest worker's of each step.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return seconds(&s.times.compute) }},
	{"braid_reduce_seconds_total", "Part of the fleet's: the coordinator's sums.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return seconds(&s.times.reduce) }},
	{"braid_wire_seconds_total", "Part of the fleet's: the coordinator's encoding, publishing, joining and decoding.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 {
		return seconds(&s.times.wire) + seconds(&s.sending)
	}},
	{"braid_optimise_seconds_total", "Part of the steps': weighing, clipping, checking and the optimiser's.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return seconds(&s.times.optimise) }},
	{"braid_messages_dropped_total", "Messages that NATS dropped at this program; must stay 0.", prometheus.CounterValue, func(_ *stats, _ *dispatch.Counters, t transport.Counters) float64 { return float64(t.Dropped) }},
	{"braid_messages_refused_total", "Workers and messages that were refused.", prometheus.CounterValue, func(s *stats, c *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.refused.Load()) + float64(c.Refused)
	}},
	{"braid_messages_damaged_total", "Messages whose checksum is wrong.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return float64(s.damaged.Load()) }},
	{"braid_joins_unanswered_total", "Requests to join that were dropped because there were too many; honest workers ask again.", prometheus.CounterValue, func(s *stats, c *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.crowded.Load()) + float64(c.Crowded)
	}},
	{"braid_gate_closed_total", "Times that nothing was read of joins for a moment.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.gateClosed.Load())
	}},
	{"braid_queue_overruns_total", "Times that a worker filled the queue that it has here.", prometheus.CounterValue, func(_ *stats, _ *dispatch.Counters, t transport.Counters) float64 { return float64(t.Overruns) }},
	{"braid_workers_suspended_total", "Times that a worker was kept out for a while because it sent too much.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Suspended) }},
	{"braid_messages_late_total", "Answers of rounds that were over.", prometheus.CounterValue, func(s *stats, c *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.late.Load()) + float64(c.Late)
	}},
	{"braid_messages_stale_total", "Messages of another term or of nobody known.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Stale) }},
	{"braid_messages_unsent_total", "Messages that could not be sent; what is lost is asked for again.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return float64(s.unsent.Load()) }},
	{"braid_answers_doubled_total", "Answers that were there already.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Double) }},
	{"braid_orders_resent_total", "Orders that were sent to the same worker again.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Resent) }},
	{"braid_units_moved_total", "Shards and chunks that were given to another worker.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Moved) }},
	{"braid_deadlines_missed_total", "Times that others computed what a worker was late with, or that it answered no duplicate in time.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Missed) }},
	{"braid_probes_total", "Duplicates ordered of workers that have no share.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Probes) }},
	{"braid_workers_lost_total", "Workers that were lost while they owed something.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Lost) }},
	{"braid_audits_total", "Answers that were drawn and computed by a second worker.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Audits) }},
	{"braid_audit_mismatches_total", "Answers whose bits differ from another worker's.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Mismatches) }},
	{"braid_not_finite_nodes_total", "Answers with a number that is not finite.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.NotFinite) }},
	{"braid_workers_quarantined_total", "Workers that were shut out for the term.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Quarantined) }},
	{"braid_messages_barred_total", "Messages of quarantined workers, dropped unread.", prometheus.CounterValue, func(_ *stats, c *dispatch.Counters, _ transport.Counters) float64 { return float64(c.Barred) }},
	{"braid_snapshots_total", "Times that a worker was sent parameters on its own: all of them, or those that it had lost or was too slow for.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return float64(s.feeds.Load()) }},
	{"braid_checkpoints_failed_total", "Checkpoints that could not be written; the next one that is due is tried.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.unsaved.Load())
	}},
	{"braid_workers_lagged_total", "Times that a worker left the multicast of parameters because others waited for it.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 { return float64(s.lagged.Load()) }},
	{"braid_parameter_bytes_total", "Bytes of parameters published.", prometheus.CounterValue, func(s *stats, _ *dispatch.Counters, _ transport.Counters) float64 {
		return float64(s.patchBytes.Load())
	}},
	{"braid_sent_bytes_total", "Bytes sent to NATS.", prometheus.CounterValue, func(_ *stats, _ *dispatch.Counters, t transport.Counters) float64 { return float64(t.SentBytes) }},
	{"braid_received_bytes_total", "Bytes received from NATS.", prometheus.CounterValue, func(_ *stats, _ *dispatch.Counters, t transport.Counters) float64 { return float64(t.ReceivedBytes) }},
	{"braid_nats_reconnects_total", "Times that the connection was renewed.", prometheus.CounterValue, func(_ *stats, _ *dispatch.Counters, t transport.Counters) float64 { return float64(t.Reconnects) }},
}

// collector reads a fleet's figures for Prometheus.
type collector struct{ f *fleet }

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	d := c.f.stats.dispatch.Load()
	if d == nil {
		d = new(dispatch.Counters)
	}
	t := c.f.conn.Counters().Plus(c.f.bulk.Counters()).Plus(c.f.joins.Counters())
	for _, x := range figures {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(x.name, x.help, nil, nil), x.kind, x.value(&c.f.stats, d, t))
	}
}
