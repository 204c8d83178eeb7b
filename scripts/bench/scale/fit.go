package main

import "math"

// line is y = A + B x.
type line struct{ A, B float64 }

func (l line) at(x float64) float64 { return l.A + l.B*x }

// fit is the line of least squares. Neither part of a cost can be negative, so a negative
// one is set to 0 and the other fitted alone.
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

// Cost is what one step takes, measured with a number of workers.
type Cost struct {
	Workers     int     `json:"workers"`
	Seconds     float64 `json:"seconds"`             // wall clock on this machine
	Coordinator float64 `json:"coordinator_seconds"` // processor time, the NATS server's included
	Fleet       float64 `json:"fleet_seconds"`       // processor time of all workers
	Down, Up    float64 // bytes from the server to the workers, and back
}

// Model says what a step costs with any number of workers.
type Model struct {
	Shards      int
	Coordinator line // processor seconds over workers
	Fleet       line // A: the batch's own work, shared by the workers; B: what every worker adds
	Down, Up    line // bytes over workers
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

// Prediction is the time of a step and its parts, none of which overlaps another.
type Prediction struct {
	Machines    int     `json:"machines"`
	Gbits       float64 `json:"gbits"`
	Batch       int     `json:"batch"` // as a multiple of the measured one
	Compute     float64 `json:"compute_seconds"`
	Coordinator float64 `json:"coordinator_seconds"`
	Wire        float64 `json:"wire_seconds"`
	Step        float64 `json:"step_seconds"`
}

// predict assumes one worker of one core a machine, a coordinator with its server on another, and a
// batch that is grown times the measured one (and has as many more shards). The gradient that a worker
// sends and the parameters that it gets do not grow with the batch; they cross the server's link
// one after another.
func (m Model) predict(machines int, gbits float64, grown int) Prediction {
	shards := m.Shards * grown
	share := math.Ceil(float64(shards)/float64(machines)) / float64(shards) // of the one with most shards
	busy := math.Min(float64(machines), float64(shards))
	p := Prediction{Machines: machines, Gbits: gbits, Batch: grown,
		Compute:     m.Fleet.A*float64(grown)*share + m.Fleet.B,
		Coordinator: m.Coordinator.at(busy),
		Wire:        8 * (m.Down.at(float64(machines)) + m.Up.at(busy)) / (gbits * 1e9),
	}
	p.Step = p.Compute + p.Coordinator + p.Wire
	return p
}
