package main

import "github.com/alecthomas/kong"

const description = `Trains one job on the workers of a NATS server: sends them work, adds up their gradients,
updates the model and writes the run directory.

On one machine, with the built-in NATS server:
  coordinator --job examples/godoc.yaml --out runs/godoc --listen 127.0.0.1:4222
  worker --nats nats://127.0.0.1:4222          (in other terminals, any number of times)

With a NATS server of your own (nats-server -js):
  coordinator --job JOB.yaml --out DIR --nats nats://host:4222

Workers may join, leave and die at any time. The model is bit for bit the one that "braid train" gives.
After a crash, run the same command with --resume. A second coordinator with the same --nats, on any host
and with its own --out, stands by and takes over from the newest checkpoint if the first one dies.

Many runs of a study, each trained by one worker (start the workers with --study):
  braid compare JOB.yaml --out runs/study --plan
  coordinator --study runs/study --nats nats://host:4222
  braid compare JOB.yaml --out runs/study

Exit codes: 0 the job is finished, 1 error, 2 wrong flags, 130 stopped by a signal; the run can then be
resumed.`

var help = kong.Vars{
	"job": "Job file.",
	"study": "Hand out the runs of a study to workers with --study, instead of one job's steps. DIR is the --out of " +
		"braid compare --plan.",
	"out": "Run directory.",
	"nats": "URL of a NATS server with JetStream: nats://host:4222; of a cluster, URLs with commas between them. " +
		"It may contain user and password.",
	"listen": "Run a NATS server with JetStream in this process, at this address: 127.0.0.1:4222, or :4222 for all " +
		"interfaces.",
	"set": "Override a key of the job: training.epochs=3, tasks.0.weight=0.5. Repeatable.",
	"resume": "Continue from the newest checkpoint in the run directory or in JetStream, or from the start if there is " +
		"none. Ends at once if another coordinator has finished the job.",
	"threads": "Number of goroutines of the optimiser; does not change the result. Default: half the processors, to " +
		"leave some to the NATS server and the network.",
	"metrics":  "Serve Prometheus metrics at http://ADDR/metrics.",
	"fleet":    "Name that coordinator and workers share. Fleets with different names may use one NATS server.",
	"replicas": "Number of servers of a NATS cluster that store each bucket. Default: 3 if there are as many, else 1.",
	"lease":    "Seconds that leadership lasts without a renewal; after that a standby takes over. Default: 3.",
	"wait":     "Time to wait for a NATS server that does not answer or whose JetStream is not ready.",
	"log":      "Lowest level of log lines: debug, info, warn or error.",
	"log_json": "Write log lines as JSON.",

	"clean": "Remove the data of finished and abandoned jobs from the fleet's store, and exit. Copies of checkpoints of " +
		"unfinished jobs are kept.",
	"clean_all": "As --clean, and also remove the copies of checkpoints of unfinished jobs.",

	"token": "Token of the NATS server; with --listen, the token that workers must present. Default with --listen on an " +
		"address other than loopback: a random token, stored in the user's configuration directory and printed.",
	"creds":    "Credentials file for NATS.",
	"nkey":     "NKey seed file for NATS.",
	"tls_ca":   "Certificates of the authority that signed the server's certificate.",
	"tls_cert": "Client certificate.",
	"tls_key":  "Key of --tls-cert.",
	"listen_conf": "Configuration file for the server of --listen, with users, keys and permissions. " +
		"scripts/nats writes one.",
	"listen_tls_cert": "Certificate of the server of --listen. Workers then need a tls:// URL and --tls-ca.",
	"listen_tls_key":  "Key of --listen-tls-cert.",
	"inbox":           "Prefix of reply subjects, if the server's permissions require one.",
}
