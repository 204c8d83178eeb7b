// Command multitask makes the data and the pictures of docs/multitask.md. Run it from the project's root:
//
//	go run ./scripts/multitask noise runs/noise      SNIPS with a task of random labels on the same sentences
//	go run ./scripts/multitask sharing runs/snips-compare/study.json together docs/sharing.svg
//	go run ./scripts/multitask cosines runs/snips docs/cosines.svg
//
// noise reads examples/data/snips (scripts/data/get.sh snips) and writes train.jsonl, dev.jsonl, test.jsonl and
// job.yaml. The job is examples/snips.yaml with these data and with the task noise, whose labels are random. sharing
// draws the difference that an arm of a study makes for each task. cosines draws the measurements of a run
// (training.measure).
package main
