// Package run reads and writes run directories: the files that a training leaves on disk. A crash at any
// moment loses at most the steps since the last checkpoint and never leaves half a file.
//
//	job.yaml        the job with all defaults filled in
//	metrics.jsonl   one line per step, with the checksum of its gradient, and one per evaluation; each step
//	                appears once, however often the run was resumed
//	journal.jsonl   events: started, resumed, checkpointed, waited, stopped; append only
//	checkpoints/    step-%09d/, each with state.json, tensors.safetensors and manifest.json
//	model/          the model for prediction, of the best step
//	summary.json    scores and the hash of the model; present once the run is finished
//	lock            held by the process that writes the directory
//
// Input: parameters, optimiser state and scalars. Output: the same, compared with their hashes, and the
// status of a run (Inspect). The package does not train and does not use the network.
package run
