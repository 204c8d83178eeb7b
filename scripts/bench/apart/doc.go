// Command apart measures the cost of gradients that are kept apart, and of measurements, as ratios of
// times in one process:
//
//	go run ./scripts/bench/apart [--steps 60] [--threads 2] [--kind upgrad] [--json FILE]
//
// Disjoint data: 16 tasks with a data set each; a joint step that keeps gradients apart, over a joint step
// with static weights. Shared data: intents and slots of the same sentences, in the shape of SNIPS; a joint
// step that keeps gradients apart, over the sum of a sampled step of each task. Keeping T gradients of one
// data set apart needs one forward pass and T backward passes: (1+2T)/3 of the joint step. Measurements: their
// share of the time.
package main
