package main

import "braid/protocol"

// permissions holds the subjects that a user may publish and subscribe to. All others are denied.
type permissions struct {
	publish, subscribe []string
}

// inbox returns the prefix of a user's reply subjects. Each user has its own: with the common
// _INBOX every user could read the replies to all others.
func inbox(user string) string { return "_INBOX_" + user }

// coordinatorMay returns the permissions of a leader: to publish to all workers, to receive from all
// workers, and to write the fleet's object store and lease buckets.
func coordinatorMay(f protocol.FleetName) permissions {
	every := protocol.Address{Worker: "*", Session: "*"}
	p := permissions{
		publish: []string{f.All(), f.To(every), f.Params(), f.Feed(every), "$JS.API.INFO",
			"$O." + f.Bucket() + ".>", "$JS.FC.>"},
		subscribe: []string{f.Join("*"), f.From(every), f.Up(every), f.All(), inbox("coordinator") + ".>"},
	}
	for _, bucket := range []string{f.LeaseBucket(), f.LeaseBucket() + "_term"} {
		p.publish = append(p.publish, "$KV."+bucket+".>")
	}
	for _, stream := range []string{"OBJ_" + f.Bucket(), "KV_" + f.LeaseBucket(), "KV_" + f.LeaseBucket() + "_term"} {
		for _, verb := range []string{"STREAM.CREATE", "STREAM.UPDATE", "STREAM.INFO", "STREAM.PURGE", "STREAM.DELETE"} {
			p.publish = append(p.publish, "$JS.API."+verb+"."+stream)
		}
		for _, verb := range []string{"DIRECT.GET", "CONSUMER.CREATE", "CONSUMER.DELETE"} {
			p.publish = append(p.publish, "$JS.API."+verb+"."+stream+".>")
		}
	}
	return p
}

// workerMay returns the permissions of one worker: to publish under its own name, to receive from
// the leader, and to read the fleet's object store, for which it must create a consumer.
func workerMay(f protocol.FleetName, worker string) permissions {
	stream, own := "OBJ_"+f.Bucket(), protocol.Address{Worker: worker, Session: "*"}
	return permissions{
		publish: []string{
			f.Join(worker), f.From(own), f.Up(own),
			"$JS.API.INFO",
			"$JS.API.STREAM.INFO." + stream,
			"$JS.API.DIRECT.GET." + stream + ".>",
			"$JS.API.CONSUMER.CREATE." + stream + ".>",
			"$JS.API.CONSUMER.DELETE." + stream + ".>",
			"$JS.FC." + stream + ".>",
		},
		subscribe: []string{f.All(), f.To(own), f.Params(), f.Feed(own), inbox(worker) + ".>"},
	}
}

// allowStudies adds to the permissions of a coordinator and a worker those of `coordinator --study` and
// `worker --study`. A worker then writes to the fleet's object store, where it leaves checkpoints and results: it can
// damage the blobs of others. The coordinator checks all blobs that it reads.
func allowStudies(f protocol.FleetName, worker string, coordinator, of *permissions) {
	coordinator.publish = append(coordinator.publish, inbox(worker)+".>")
	coordinator.subscribe = append(coordinator.subscribe, f.Study())
	of.publish = append(of.publish, f.Study(), "$O."+f.Bucket()+".>", "$JS.API.STREAM.PURGE.OBJ_"+f.Bucket())
}
