# lbimage: build, test, try.

GO      ?= go
BIN     := bin/lbimage
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOFLAGS_BUILD := -trimpath -ldflags '-s -w -X main.version=$(VERSION)'
FUZZTIME ?= 30s
DEPTH    ?= 3
STEPS    ?= 3000
COUNT    ?= 3000
ROUNDS   ?= 300
STATES   ?= 5000
SEED     := $(or $(SEED),$(shell date +%s))

# Long runs of the tests of file systems.
JUDGED := PATH="$$PATH:/usr/sbin:/sbin" $(GO) test -v -count=1 -timeout 6h

# Nothing here needs C.
export CGO_ENABLED := 0

# They come through the module proxy, at these versions.
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0

.PHONY: build test lint pages bench bench-job bench-build bench-look bench-ext bench-haproxy demo fuzz sequences big walks haproxy-walks packages-walks accounts-walks verify-walks hostile-walks kickstart-walks vuln tools clean

build:            ## the program, in bin/
	$(GO) build $(GOFLAGS_BUILD) -o $(BIN) ./cmd/lbimage

tools:            ## the programs that the tests use as judges
	@sh tests/tools.sh

test: tools       ## all tests
	PATH="$$PATH:/usr/sbin:/sbin" $(GO) test ./...

lint:             ## formatting, go vet, staticcheck and their kin
	@test -z "$$(gofmt -l .)" || { echo 'not formatted (gofmt -w):'; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run --config .ci/golangci.yml ./...

vuln:             ## known vulnerabilities in what is linked (needs the database)
	$(GO) run $(GOVULNCHECK) ./...

pages:            ## write docs/checks anew, from what the rules say of themselves
	WRITE_PAGES=true go test ./tests -run TestCheckPages -count=1

demo: build       ## make a sample image, customize it, show what happened
	@sh tests/demo.sh $(BIN)

bench: bench-job bench-build bench-look bench-ext bench-haproxy  ## all of the following

bench-job: build  ## the whole job against the shell way, on the full fixture
	@sh tests/bench/run.sh $(BIN)

bench-build: build  ## what a second profile costs beside the first; SOURCE=FILE, RUNS=3
	@sh tests/bench/build.sh $(BIN)

bench-look: build  ## inspect, check, sbom, diff and verify against mounts and the usual programs (as root); DISK=FILE, RUNS=3
	@sh tests/bench/look.sh $(BIN)

bench-ext:        ## editing ext4 and ext3 against the kernel (as root) and debugfs; RUNS=5
	@PATH="$$PATH:/usr/sbin:/sbin" $(GO) run ./tests/bench/ext -runs $${RUNS:-5}

bench-haproxy:    ## the linter and what is made of a template, on files of usual and of large size
	$(GO) test -run '^$$' -bench . -benchmem ./haproxy-config/...

fuzz:             ## every fuzz target in turn, FUZZTIME each
	@sh tests/fuzz.sh $(FUZZTIME)

sequences: tools  ## every sequence of up to DEPTH edits, each judged by e2fsck
	EXT_SEQUENCE=$(DEPTH) $(JUDGED) -run '^TestSequences' ./imagebuild/ext

big: tools        ## large folders, files and file systems
	EXT_BIG=1 $(JUDGED) -run '^(TestBig.*|TestFewExtents)$$' ./imagebuild/ext

walks: tools      ## STEPS random edits of each shape from SEED on, held against model, e2fsck and kernel
	@echo 'SEED=$(SEED) STEPS=$(STEPS)'
	EXT_SEED=$(SEED) EXT_STEPS=$(STEPS) $(JUDGED) -run '^Test(RandomWalk.*|Twins.*|Kernel.*)$$' ./imagebuild/ext

haproxy-walks: tools  ## COUNT random configurations from SEED on, each held against the real HAProxy
	@echo 'SEED=$(SEED) COUNT=$(COUNT)'
	HAPROXY_SEED=$(SEED) HAPROXY_COUNT=$(COUNT) PATH="$$PATH:/usr/sbin:/sbin" $(GO) test -v -count=1 -timeout 6h -run '^TestGeneratedAgreeWithHAProxy$$' ./tests

packages-walks: tools  ## ROUNDS random packages from SEED on, installed and upgraded, each held against rpm (as root)
	@echo 'SEED=$(SEED) ROUNDS=$(ROUNDS)'
	RPM_SEED=$(SEED) RPM_ROUNDS=$(ROUNDS) $(JUDGED) -run '^TestRandomPackagesJudgedByRPM$$' ./imagebuild/rpminstall

accounts-walks: tools  ## STATES random account files from SEED on, each held against useradd and groupadd (as root)
	@echo 'SEED=$(SEED) STATES=$(STATES)'
	ACCOUNTS_SEED=$(SEED) ACCOUNTS_STATES=$(STATES) $(JUDGED) -run '^TestRandomStates$$' ./overlay/accounts

verify-walks: tools  ## ROUNDS builds from SEED on, each verified on a machine that is like another one
	@echo 'SEED=$(SEED) ROUNDS=$(ROUNDS)'
	VERIFY_SEED=$(SEED) VERIFY_ROUNDS=$(ROUNDS) $(JUDGED) -run '^TestVerifyWalks$$' ./tests

hostile-walks:    ## ROUNDS damaged images of each kind from SEED on; all that looks at an image looks at each
	@echo 'SEED=$(SEED) ROUNDS=$(ROUNDS)'
	HOSTILE_SEED=$(SEED) HOSTILE_ROUNDS=$(ROUNDS) $(JUDGED) -run '^TestHostileWalks$$' ./cmd/lbimage

kickstart-walks: tools  ## ROUNDS random kickstart files from SEED on: their scripts run in the tree of an image, what is told and planned of them is held against that (as root)
	@echo 'SEED=$(SEED) ROUNDS=$(ROUNDS)'
	KICKSTART_SEED=$(SEED) KICKSTART_ROUNDS=$(ROUNDS) KICKSTART_FILES='$(FILES)' $(JUDGED) -run '^TestKickstart(Walks|TemplatesInATree)$$' ./tests

clean:
	rm -rf bin build
