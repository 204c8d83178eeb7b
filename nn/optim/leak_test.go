package optim

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when optimizers have ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
