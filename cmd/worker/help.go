package main

import "github.com/alecthomas/kong"

const description = `Computes for a coordinator on a NATS server. The worker needs only the server's URL: it
receives job, data and parameters from there.

  worker --nats nats://127.0.0.1:4222

Start any number of workers, on any number of machines, before or after the coordinator and at any time of
a run. A worker that finds no coordinator waits for one and logs it. The first Ctrl-C or SIGTERM lets the
worker finish its current work and leave. A worker may be killed at any time: the result does not change.

With --stay the worker takes one job after another.

Exit codes: 0 the job is finished or the worker was stopped, 1 error or rejected by the coordinator, 2 wrong
flags.`

var help = kong.Vars{
	"nats": "URL of the NATS server: nats://host:4222; of a cluster, URLs with commas between them. It may contain " +
		"user and password.",
	"threads": "Number of processors to use; does not change the result. Default: all.",
	"cache": "Directory for fetched data, named by hash; none: keep nothing on disk. Default: braid in the user's cache " +
		"directory.",
	"name":     "Name of the worker, unique in the fleet; it is part of NATS subjects. Default: random.",
	"fleet":    "Name that coordinator and workers share.",
	"wait":     "Time to wait for a NATS server that does not answer or whose JetStream is not ready.",
	"stay":     "Wait for the next job after one is finished.",
	"study":    "Train whole runs of a study, each in this process, for coordinator --study.",
	"give_up":  "Exit with an error after that time without a coordinator. Default: wait forever.",
	"log":      "Lowest level of log lines: debug, info, warn or error.",
	"log_json": "Write log lines as JSON.",

	"token":    "Token of the NATS server. A coordinator with --listen prints it.",
	"creds":    "Credentials file for NATS.",
	"nkey":     "NKey seed file for NATS.",
	"tls_ca":   "Certificates of the authority that signed the server's certificate.",
	"tls_cert": "Client certificate.",
	"tls_key":  "Key of --tls-cert.",
	"inbox":    "Prefix of reply subjects, if the server's permissions require one.",
}
