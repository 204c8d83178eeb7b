// Package run is what a training leaves on disk: one directory, written so that a crash at
// any moment loses at most the steps since the last checkpoint and never shows half a file.
//
//	job.yaml        the job, resolved: defaults filled in
//	metrics.jsonl   a line a step, with its gradient's checksum, and a line an evaluation; each
//	                step once, whatever was resumed
//	journal.jsonl   what happened: started, resumed, checkpointed, waited, stopped; only ever grows
//	checkpoints/    step-%09d/ each with state.json, tensors.safetensors and manifest.json
//	model/          the part that predicts, of the best step
//	summary.json    scores and the model's hash; its presence says that the run is finished
//	lock            held by the process that writes here
//
// What goes in: parameters, optimiser state, scalars. What comes out: the same, checked
// against hashes; and what a run's files say it is doing (Inspect). It knows nothing of training, of fleets or of the network.
package run
