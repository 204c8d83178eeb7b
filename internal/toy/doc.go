// Package toy has parts of models that only tests use. Each is one file and one line in
// register.go, and shows that the parts around it do not depend on which one is in use.
package toy
