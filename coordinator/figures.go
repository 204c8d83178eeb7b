package coordinator

import (
	"strings"
	"sync/atomic"
	"time"

	"braid/coordinator/dispatch"
	"braid/transport"

	"github.com/prometheus/client_golang/prometheus"
)

// reading holds the counters that metrics are computed from.
type reading struct {
	*stats
	machine dispatch.Counters
	nats    transport.Counters
}

// figures are the exported metrics. A name that ends in _total is a counter, any other a gauge.
var figures = []struct {
	name, help string
	value      func(r reading) float64
}{
	{"braid_workers", "Workers that can be given work.", func(r reading) float64 { return load(&r.workers) }},
	{"braid_rounds_total", "Gradient and score rounds of this term.", func(r reading) float64 { return load(&r.rounds) }},
	{"braid_steps_total", "Steps of this term.", func(r reading) float64 { return load(&r.times.steps) }},
	{"braid_checkpoints_failed_total", "Checkpoints that could not be written.",
		func(r reading) float64 { return load(&r.unsaved) }},

	// Time of the steps of this term, and its parts.
	{"braid_step_seconds_total", "Time from the first step to the end of the newest step.",
		func(r reading) float64 { return seconds(&r.times.all) }},
	{"braid_fleet_seconds_total", "Part of the step: from the parameters to the gradient.",
		func(r reading) float64 { return seconds(&r.times.fleet) }},
	{"braid_compute_seconds_total", "Part of the fleet's time: the slowest worker of each step.",
		func(r reading) float64 { return seconds(&r.times.compute) }},
	{"braid_reduce_seconds_total", "Part of the fleet's time: adding gradients in the coordinator.",
		func(r reading) float64 { return seconds(&r.times.reduce) }},
	{"braid_wire_seconds_total", "Part of the fleet's time: encoding, publishing and decoding in the coordinator.",
		func(r reading) float64 { return seconds(&r.times.wire) + seconds(&r.sending) }},
	{"braid_optimise_seconds_total", "Part of the step: clipping, checking and updating the parameters.",
		func(r reading) float64 { return seconds(&r.times.optimise) }},

	// Messages that were not processed.
	{"braid_messages_refused_total", "Refused workers and refused messages.",
		func(r reading) float64 { return load(&r.refused) + float64(r.machine.Refused) }},
	{"braid_messages_damaged_total", "Messages with a wrong checksum.",
		func(r reading) float64 { return load(&r.damaged) }},
	{"braid_messages_late_total", "Answers that arrived after the end of their round.",
		func(r reading) float64 { return load(&r.late) + float64(r.machine.Late) }},
	{"braid_messages_stale_total", "Messages of another term or of an unknown worker.",
		func(r reading) float64 { return float64(r.machine.Stale) }},
	{"braid_messages_barred_total", "Messages of quarantined workers.",
		func(r reading) float64 { return float64(r.machine.Barred) }},
	{"braid_messages_unsent_total", "Messages that could not be sent; the receivers ask for them again.",
		func(r reading) float64 { return load(&r.unsent) }},
	{"braid_messages_dropped_total", "Messages that NATS dropped at this program; must stay 0.",
		func(r reading) float64 { return float64(r.nats.Dropped) }},
	{"braid_queue_overruns_total", "Times that a worker filled its queue in this program.",
		func(r reading) float64 { return float64(r.nats.Overruns) }},
	{"braid_joins_unanswered_total", "Requests to join that exceeded the limit; honest workers repeat them.",
		func(r reading) float64 { return load(&r.crowded) + float64(r.machine.Crowded) }},
	{"braid_gate_closed_total", "Times that reading of requests to join was paused.",
		func(r reading) float64 { return load(&r.gateClosed) }},

	// Work that was distributed again or checked.
	{"braid_answers_doubled_total", "Answers that had arrived before.",
		func(r reading) float64 { return float64(r.machine.Double) }},
	{"braid_orders_resent_total", "Orders that were sent to the same worker again.",
		func(r reading) float64 { return float64(r.machine.Resent) }},
	{"braid_units_moved_total", "Shards and blocks of examples that were given to another worker.",
		func(r reading) float64 { return float64(r.machine.Moved) }},
	{"braid_deadlines_missed_total",
		"Times that others computed the answers of a late worker, or that a duplicate came late.",
		func(r reading) float64 { return float64(r.machine.Missed) }},
	{"braid_probes_total", "Duplicates ordered from workers without a share.",
		func(r reading) float64 { return float64(r.machine.Probes) }},
	{"braid_audits_total", "Answers that a second worker computed too.",
		func(r reading) float64 { return float64(r.machine.Audits) }},
	{"braid_audit_mismatches_total", "Answers whose bits differ from those of another worker.",
		func(r reading) float64 { return float64(r.machine.Mismatches) }},
	{"braid_not_finite_nodes_total", "Answers with a number that is not finite.",
		func(r reading) float64 { return float64(r.machine.NotFinite) }},

	// Workers.
	{"braid_workers_lost_total", "Workers that were lost while they had work.",
		func(r reading) float64 { return float64(r.machine.Lost) }},
	{"braid_workers_suspended_total", "Times that a worker was suspended because it sent too much.",
		func(r reading) float64 { return float64(r.machine.Suspended) }},
	{"braid_workers_quarantined_total", "Workers that were quarantined for the term.",
		func(r reading) float64 { return float64(r.machine.Quarantined) }},

	// Parameters and traffic.
	{"braid_snapshots_total", "Times that parameters were sent to one worker alone: all, or those that it had missed.",
		func(r reading) float64 { return load(&r.feeds) }},
	{"braid_workers_lagged_total", "Times that a worker left the multicast of parameters because others waited for it.",
		func(r reading) float64 { return load(&r.lagged) }},
	{"braid_parameter_bytes_total", "Bytes of parameters published.",
		func(r reading) float64 { return load(&r.patchBytes) }},
	{"braid_sent_bytes_total", "Bytes sent to NATS.", func(r reading) float64 { return float64(r.nats.SentBytes) }},
	{"braid_received_bytes_total", "Bytes received from NATS.",
		func(r reading) float64 { return float64(r.nats.ReceivedBytes) }},
	{"braid_nats_reconnects_total", "Times that the connection to NATS was renewed.",
		func(r reading) float64 { return float64(r.nats.Reconnects) }},
}

func load(n *atomic.Int64) float64 { return float64(n.Load()) }

func seconds(nanos *atomic.Int64) float64 { return time.Duration(nanos.Load()).Seconds() }

// collector implements prometheus.Collector over the figures of a fleet.
type collector struct{ w *workers }

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	r := reading{stats: &c.w.stats, nats: c.w.conn.Counters().Plus(c.w.bulk.Counters()).Plus(c.w.joins.Counters())}
	if m := c.w.stats.dispatch.Load(); m != nil {
		r.machine = *m
	}
	for _, f := range figures {
		kind := prometheus.GaugeValue
		if strings.HasSuffix(f.name, "_total") {
			kind = prometheus.CounterValue
		}
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(f.name, f.help, nil, nil), kind, f.value(r))
	}
}
