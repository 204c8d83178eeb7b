package main

import "math"

// line is y = A + B x.
type line struct{ A, B float64 }

func (l line) at(x float64) float64 { return l.A + l.B*x }

// fit returns the least-squares line. Neither part of a cost can be negative: a negative part is
// set to 0 and the other part is fitted alone.
func fit(x, y []float64) line {
	n := float64(len(x))
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	l := line{B: (n*sxy - sx*sy) / (n*sxx - sx*sx)}
	l.A = (sy - l.B*sx) / n
	switch {
	case l.B < 0:
		return line{A: sy / n}
	case l.A < 0:
		return line{B: sxy / sxx}
	}
	return l
}

// Cost is the measured cost of one step.
type Cost struct {
	Workers     int     `json:"workers"`
	Seconds     float64 `json:"seconds"`             // wall clock on this machine
	Coordinator float64 `json:"coordinator_seconds"` // processor time, NATS server included
	Fleet       float64 `json:"fleet_seconds"`       // processor time of all workers
	Down, Up    float64 // bytes from the server to the workers and from the workers to the server
}

// Model gives the cost of a step as a function of the number of workers.
type Model struct {
	Shards      int
	Coordinator line // processor seconds by number of workers
	Fleet       line // processor seconds; A: work of the batch, divided among workers; B: overhead per worker
	Down, Up    line // bytes by number of workers
}

// newModel fits a model to measurements.
func newModel(shards int, costs []Cost) Model {
	var w, c, f, d, u []float64
	for _, cost := range costs {
		w = append(w, float64(cost.Workers))
		c = append(c, cost.Coordinator)
		f = append(f, cost.Fleet)
		d = append(d, cost.Down)
		u = append(u, cost.Up)
	}
	return Model{shards, fit(w, c), fit(w, f), fit(w, d), fit(w, u)}
}

// Prediction is the time of a step and its parts, assuming that no parts overlap.
type Prediction struct {
	Machines    int     `json:"machines"`
	Gbits       float64 `json:"gbits"`
	Batch       int     `json:"batch"` // as a multiple of the measured batch
	Compute     float64 `json:"compute_seconds"`
	Coordinator float64 `json:"coordinator_seconds"`
	Wire        float64 `json:"wire_seconds"`
	Step        float64 `json:"step_seconds"`
}

// predict assumes one worker with one core per machine, a coordinator and its server on another
// machine, and a batch grown times as large, with grown times as many shards. The sizes of the
// gradient that a worker sends and of the parameters that it receives do not depend on the batch.
// All messages cross the server's link in sequence.
func (m Model) predict(machines int, gbits float64, grown int) Prediction {
	shards := m.Shards * grown
	share := math.Ceil(float64(shards)/float64(machines)) / float64(shards) // of the machine with most shards
	busy := math.Min(float64(machines), float64(shards))
	p := Prediction{Machines: machines, Gbits: gbits, Batch: grown,
		Compute:     m.Fleet.A*float64(grown)*share + m.Fleet.B,
		Coordinator: m.Coordinator.at(busy),
		Wire:        8 * (m.Down.at(float64(machines)) + m.Up.at(busy)) / (gbits * 1e9),
	}
	p.Step = p.Compute + p.Coordinator + p.Wire
	return p
}
