// Accuracy trains a job with several settings and seeds, and prints the scores of each setting.
//
//	go run ./scripts/accuracy --job examples/wnut17.yaml --seeds 3 \
//	    --arm 'features: encoder.word.features=hashed'
//
// The first setting is the job file unchanged. An arm has a name and values as braid train --set takes them, divided
// by blanks. The table has, for each setting and task, the mean over the seeds of the task's metric on dev and test,
// the test scores of all seeds, and the tokens per second in relation to the first setting. Tagging tasks have a second
// line for the share of texts with every tag right, and data sets of several tasks one for the share of texts with all
// tasks right. The settings take turns,
// so that load from other programs meets all of them.
package main
