// Command transfer measures the gain of a job that starts from a model (init), and the loss of the tasks of the
// model. Run it from the project's root:
//
//	go run ./scripts/transfer                                       some minutes
//	go run ./scripts/transfer -known 0 -steps 4000 -examples 10,100,1000 -seeds 3
//
// It reads examples/data/snips (scripts/data/get.sh snips). The model is trained on SNIPS without one intent: tasks
// intent and slots, of six intents. The new tasks all_intent and all_slots have all seven intents, with few sentences
// of each. Every arm trains the new tasks in the same number of steps, on the same sentences, and keeps its last
// parameters:
//
//	from scratch      the new tasks alone
//	init              from the model; the old tasks are scored and not trained
//	init, rehearse    from the model; a share of the steps, which are added, trains the old tasks on their data
//	init, frozen      from the model; only the heads of the new tasks learn
//	init, same tasks  the tasks intent and slots themselves go on with all intents; their heads keep the rows of the
//	                  labels that they know
//
// The table has the scores of the new tasks on the test sentences of all intents and of the new intent, and those of
// the old tasks on the test sentences of the six intents, with their change.
package main
