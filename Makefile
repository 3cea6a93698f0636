# sse-fcgi. `make help` lists what there is to make.

# --- settings: override on the command line or in the environment ---------------------------------
CC       ?= cc
CFLAGS   ?= -O2 -g
PREFIX   ?= /usr/local
DESTDIR  ?=
PORT     ?= 8080
# SANITIZE=address,undefined or SANITIZE=thread builds in a tree of its own.
SANITIZE ?=
# WERROR=1 makes warnings errors.
WERROR   ?=

# PAGE=no installs without the page: no Node.js needed.
PAGE     ?= yes
# make setup FOR=build installs what building takes, and no more.
FOR      ?= test

BINDIR    = $(PREFIX)/bin
LIBDIR    = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
LIBEXECDIR = $(PREFIX)/lib/sse-fcgi
SHAREDIR  = $(PREFIX)/share/sse-fcgi
MANDIR    = $(PREFIX)/share/man/man1
BASHDIR   = $(PREFIX)/share/bash-completion/completions
ZSHDIR    = $(PREFIX)/share/zsh/site-functions
UNITDIR   = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d

# --- modules, bottom-up: a file includes only what stands before it (make lint) -------------------
CORE = version log buf backoff number utf8 percent event_id channel json event frame sse_parse \
       clock keys will secret redis_url
RESPONDER = start config origin advice params start_query request request_log reply record queue \
            outlet next_turn heartbeat stream age limit broadcast latest page history log_reads leg replay \
            held holes missed notice topics follower coverage greeting starts gaps hub queries answers \
            redis_link watch leases source listener acceptor fd_ring arrival intake gateway cgi door \
            reception server
PUBLISHER = cli target stop patience dial redis_call publish_queue redis_publish away session payload \
            ssepublish input pairs line_reader publish_lines progress rate bar mailbox lease \
            dispatch reporter report_options relay last_signal terminal_text progress_scan child \
            ticker subcommand demo speaking_clock pipe_meter job
PUBLISHER += copy_seen copy_job copy_attributes copy_data copy_meta copy_partial copy_claim \
             copy_file copy_size copy_tree copy_remove copier copy
# What sse-tail has besides cli, stop and patience: it alone needs libcurl, and no Redis.
TAIL = http_stream follow cursor_file tail_event tail_print tail_reset tail_command tail
PROGRAMS = sse.fcgi sse-publish sse-progress sse-tail

# --- how things are built -------------------------------------------------------------------------
comma := ,
BUILD := build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            $(if $(WERROR),-Werror)
SANITIZER := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
LIBRARIES := json-c hiredis libuv fcgi libcurl
# Expanded when used, so that `make setup` may install them first.
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBRARIES))
PKG_LIBS = $(shell pkg-config --libs $(1))
COMPILE = $(CC) -std=gnu11 -D_GNU_SOURCE -Ifcgi -Ipublisher $(WARNINGS) $(SANITIZER) $(CPPFLAGS) \
          $(CFLAGS) $(PKG_CFLAGS) -MMD -MP
LINK = $(CC) $(SANITIZER) $(CFLAGS) $(LDFLAGS)

# A module without a .c is a header.
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
CORE_OBJECTS := $(call objects,$(CORE:%=fcgi/core/%.c))
RESPONDER_OBJECTS := $(call objects,$(RESPONDER:%=fcgi/%.c))
PUBLISHER_OBJECTS := $(call objects,$(PUBLISHER:%=publisher/%.c))
TAIL_OBJECTS := $(call objects,$(TAIL:%=publisher/%.c))
MODULE_OBJECTS := $(CORE_OBJECTS) $(RESPONDER_OBJECTS) $(PUBLISHER_OBJECTS) $(TAIL_OBJECTS)

all: programs page ## build the programs and the page

programs: $(PROGRAMS:%=$(BUILD)/%) library ## build the programs and the library: no Node.js needed

$(BUILD)/sse.fcgi: $(BUILD)/obj/fcgi/main.o $(RESPONDER_OBJECTS) $(CORE_OBJECTS)
	$(LINK) -o $@ $^ $(call PKG_LIBS,json-c hiredis libuv fcgi) -lpthread

$(BUILD)/sse-publish: $(BUILD)/obj/publisher/sse_publish.o $(PUBLISHER_OBJECTS) $(CORE_OBJECTS)
	$(LINK) -o $@ $^ $(call PKG_LIBS,json-c hiredis)

$(BUILD)/sse-progress: $(BUILD)/obj/publisher/sse_progress.o $(PUBLISHER_OBJECTS) $(CORE_OBJECTS)
	$(LINK) -o $@ $^ $(call PKG_LIBS,json-c hiredis) -lpthread

$(BUILD)/sse-tail: $(BUILD)/obj/publisher/sse_tail.o $(TAIL_OBJECTS) \
                   $(call objects,$(addprefix publisher/,cli.c stop.c patience.c)) $(CORE_OBJECTS)
	$(LINK) -o $@ $^ $(call PKG_LIBS,json-c libcurl) -lm

# The library is what the commands are made of, up to its API, and shows nothing but that. The number
# of its soname rises when a program that was built before would break.
VERSION := $(shell sed -n 's/^\#define SSE_VERSION "\(.*\)"/\1/p' fcgi/core/version.h)
SONAME = libssepublish.so.0
SHARED = $(BUILD)/libssepublish.so.$(VERSION)
STATIC = $(BUILD)/libssepublish.a
LIBRARY = cli target patience dial redis_call publish_queue redis_publish payload ssepublish
LIBRARY_OBJECTS := $(patsubst $(BUILD)/obj/%,$(BUILD)/pic/%,$(CORE_OBJECTS) \
                     $(call objects,$(LIBRARY:%=publisher/%.c)))

library: $(SHARED) $(STATIC)

$(SHARED): $(LIBRARY_OBJECTS)
	$(LINK) -shared -Wl,-soname,$(SONAME) -o $@ $^ $(call PKG_LIBS,json-c hiredis) -lpthread

# One object, whose inner names are its own: an archive would let programs see them.
$(STATIC): $(LIBRARY_OBJECTS)
	$(LD) -r -o $(BUILD)/pic/ssepublish.o $^
	objcopy --localize-hidden $(BUILD)/pic/ssepublish.o
	rm -f $@
	$(AR) rcs $@ $(BUILD)/pic/ssepublish.o

$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -fPIC -fvisibility=hidden -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# --- the page -------------------------------------------------------------------------------------
# The page's tools want a newer Node.js than Debian has: npm brings it, into the project.
NODE_VERSION := 22.23.3
NPM_VERSION := 11.21.2
NODE_READY := .tools/ready-$(NODE_VERSION)-$(NPM_VERSION)
# Debian keeps servers in /usr/sbin, which is on root's PATH only.
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(PATH):/usr/sbin
PAGE_SOURCES := $(shell find www -path www/node_modules -prune -o -name '*.png' -o -type f -print)

page: build/www/index.html ## build the page, into build/www

$(NODE_READY):
	deploy/dev/install-node.sh .tools $(NODE_VERSION) $(NPM_VERSION)
	@touch $@

www/node_modules/.ready: www/package.json www/package-lock.json | $(NODE_READY)
	cd www && npm ci --no-audit --no-fund
	@touch $@

build/www/index.html: www/node_modules/.ready $(PAGE_SOURCES)
	cd www && npm run --silent build
	@touch $@

tests/e2e/node_modules/.ready: tests/e2e/package.json tests/e2e/package-lock.json | $(NODE_READY)
	cd tests/e2e && npm ci --no-audit --no-fund
	@touch $@

# --- running and testing --------------------------------------------------------------------------
MAKE_ALL = $(MAKE) --no-print-directory -j$(shell nproc)

setup: ## install the Debian packages that are missing, by apt; FOR=build: to build only
	deploy/dev/setup.sh $(FOR)

run: ## build and start it all on 127.0.0.1:$(PORT), until Ctrl-C
	@deploy/dev/setup.sh run
	$(MAKE_ALL) all
	@exec deploy/dev/run.sh $(PORT)

test: setup ## build and run every test, the C programs also under the sanitizers
	$(MAKE_ALL) all test-programs WERROR=$(WERROR)
	$(MAKE_ALL) check page-check e2e WERROR=$(WERROR) -j1
	$(MAKE_ALL) test-programs SANITIZE=address,undefined WERROR=$(WERROR)
	$(MAKE_ALL) check e2e SANITIZE=address,undefined WERROR=$(WERROR) -j1
	@echo "all tests passed"

UNIT_TESTS := $(patsubst tests/unit/test_%.c,$(BUILD)/unit/test_%,$(wildcard tests/unit/test_*.c))
# Our own objects get their memory through a wrapper that can be told to fail.
WRAPPED := malloc calloc realloc strdup strndup vasprintf tsearch
WRAP := $(WRAPPED:%=-Wl,--wrap=%)

E2E_TOOLS := $(BUILD)/bench/streams $(BUILD)/clock.so

test-programs: programs $(UNIT_TESTS) $(E2E_TOOLS)

$(BUILD)/unit/test_%: $(BUILD)/obj/tests/unit/test_%.o $(BUILD)/obj/tests/unit/alloc.o $(MODULE_OBJECTS)
	@mkdir -p $(@D)
	$(LINK) $(WRAP) -o $@ $^ $(call PKG_LIBS,cmocka json-c hiredis libuv fcgi libcurl) -lpthread

$(BUILD)/bench/streams: $(call objects,$(wildcard tests/bench/*.c))
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(call PKG_LIBS,libuv)

# Loaded before the C library into what a test starts: the machine's clock, with an offset.
$(BUILD)/clock.so: tests/e2e/lib/clock.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) -shared -fPIC -o $@ $<

check: $(UNIT_TESTS) ## run the unit tests
	@for test in $(UNIT_TESTS); do echo "# $$test"; $$test || exit 1; done

page-check: www/node_modules/.ready ## run the page's unit tests
	cd www && npm test --silent

# A file of tests takes a minute or two, also under the sanitizers; one that hangs is to be named.
FILE_MOST_MS := 1200000

e2e: programs page $(E2E_TOOLS) tests/e2e/node_modules/.ready ## run the end-to-end tests
	SSE_BUILD=$(CURDIR)/$(BUILD) SSE_WWW=$(CURDIR)/build/www SSE_SANITIZED=$(if $(SANITIZE),1) \
	node --test --test-concurrency=2 --test-timeout=$(FILE_MOST_MS) tests/e2e/*.test.mjs

# ONLY=storm runs what has that in its name; SECONDS=60 and SEED=7 are for the random runs.
soak: programs page $(E2E_TOOLS) tests/e2e/node_modules/.ready ## run the long tests: loads, faults, random runs
	SSE_BUILD=$(CURDIR)/$(BUILD) SSE_WWW=$(CURDIR)/build/www SSE_SANITIZED=$(if $(SANITIZE),1) \
	node --test --test-concurrency=1 $(if $(ONLY),--test-name-pattern='$(ONLY)') tests/soak/*.test.mjs

shots: programs page $(BUILD)/clock.so tests/e2e/node_modules/.ready ## write pictures of the page into build/shots
	SSE_BUILD=$(CURDIR)/$(BUILD) SSE_WWW=$(CURDIR)/build/www node --test tests/e2e/page-shots.test.mjs

# Of so few colours it has half the size, and looks the same.
picture: shots ## renew README's picture of the page
	pngquant --force --speed 1 --nofs --output www/board.png 128 $(BUILD)/shots/light.png

table: tests/e2e/node_modules/.ready ## write the table of web servers into README.md
	cd tests/e2e && node -e "import('./lib/web/table.mjs').then(({ writeTable }) => writeTable())"

# Needs root, debootstrap, systemd-nspawn, a mirror of Debian and a quarter of an hour.
walk: ## follow README's sections in fresh Debian 12 machines; ONLY=systemd:nginx follows one
	tests/walk/run.sh $(ONLY)

# Needs clang, which `make setup` does not install. SECONDS=600 looks for longer; what it found stays in build/fuzz.
fuzz: ## look for bytes that break the parser of event streams, with clang's libFuzzer
	@mkdir -p build/fuzz/sse_parse
	clang -std=gnu11 -D_GNU_SOURCE -Ifcgi $(WARNINGS) -g -O1 -fsanitize=fuzzer,address,undefined \
	    -o build/fuzz/sse_parse.run tests/fuzz/sse_parse.c \
	    $(addprefix fcgi/core/,sse_parse.c buf.c utf8.c)
	cd build/fuzz && ./sse_parse.run -max_len=1000 -max_total_time=$(or $(SECONDS),60) sse_parse

C_FILES = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')

lint: www/node_modules/.ready ## check layers, format and the page's sources
	@tests/lint/layers.sh "$(CORE)" "$(RESPONDER) main" "$(PUBLISHER) $(TAIL) sse_publish sse_progress sse_tail"
	@mandoc -T lint -W warning publisher/*.1
	@clang-format --dry-run --Werror $(C_FILES)
	cd www && npm run --silent lint

format: ## format the C sources
	clang-format -i $(C_FILES)

# --- installing -----------------------------------------------------------------------------------
# What is deployed with a web server or a service manager. Where it names /usr/local it gets PREFIX.
DEPLOYED = $(patsubst deploy/%,%,$(filter-out deploy/dev/% deploy/docker/%,$(wildcard deploy/*/*)))
UNITS = $(filter %.socket %.service,$(DEPLOYED))
COMMANDS = $(filter-out sse.fcgi,$(PROGRAMS))
deploy_to = sed 's|/usr/local|$(PREFIX)|g' deploy/$(1) > $(DESTDIR)$(2) && \
            chmod $(if $(shell test -x deploy/$(1) && echo x),755,644) $(DESTDIR)$(2)

MANUALS = $(wildcard publisher/*.1)
COMPLETED = sse-publish sse-progress sse-tail

install: programs $(if $(filter no,$(PAGE)),,page) ## install to $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(UNITDIR) \
	    $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(MANDIR) $(sort $(dir $(DEPLOYED:%=$(DESTDIR)$(SHAREDIR)/%)))
	install -m 755 $(COMMANDS:%=$(BUILD)/%) $(DESTDIR)$(BINDIR)
	install -m 755 $(BUILD)/sse.fcgi $(DESTDIR)$(LIBEXECDIR)
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(SHARED) $(STATIC) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libssepublish.so
	install -m 644 publisher/ssepublish.h $(DESTDIR)$(INCLUDEDIR)
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	install -m 644 $(MANUALS) $(DESTDIR)$(MANDIR)
	@for name in $(COMPLETED); do \
	    install -m 644 publisher/completion/sse-fcgi.bash $(DESTDIR)$(BASHDIR)/$$name; done
	install -m 644 publisher/completion/_sse-fcgi $(DESTDIR)$(ZSHDIR)
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' publisher/libssepublish.pc.in \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/libssepublish.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/libssepublish.pc
	@$(foreach file,$(DEPLOYED),$(call deploy_to,$(file),$(SHAREDIR)/$(file)) && ) true
	@$(foreach file,$(UNITS),$(call deploy_to,$(file),$(UNITDIR)/$(notdir $(file))) && ) true
	@$(call deploy_to,systemd/sse-fcgi.sysusers,$(SYSUSERSDIR)/sse-fcgi.conf)
	rm -rf $(DESTDIR)$(SHAREDIR)/www
ifneq ($(PAGE),no)
	cp -R build/www $(DESTDIR)$(SHAREDIR)/www
	chmod -R a+rX $(DESTDIR)$(SHAREDIR)/www
endif

uninstall: ## remove what install put there
	rm -f $(COMMANDS:%=$(DESTDIR)$(BINDIR)/%)
	rm -f $(UNITS:systemd/%=$(DESTDIR)$(UNITDIR)/%) $(DESTDIR)$(SYSUSERSDIR)/sse-fcgi.conf
	rm -f $(DESTDIR)$(LIBDIR)/libssepublish.* $(DESTDIR)$(INCLUDEDIR)/ssepublish.h
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/libssepublish.pc
	rm -f $(MANUALS:publisher/%=$(DESTDIR)$(MANDIR)/%) $(DESTDIR)$(ZSHDIR)/_sse-fcgi
	rm -f $(COMPLETED:%=$(DESTDIR)$(BASHDIR)/%)
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(SHAREDIR)
	@for dir in $(UNITDIR) $(PREFIX)/lib/systemd $(SYSUSERSDIR) $(MANDIR) $(dir $(MANDIR)); do \
	    [ ! -d $(DESTDIR)$$dir ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$dir; done

# --- containers -----------------------------------------------------------------------------------
docker-deploy: ## build the images for docker or podman
	deploy/docker/engine.sh build

# SERVER=lighttpd or SERVER=nginx runs but one of them.
docker-run: docker-deploy ## run them by compose, until Ctrl-C: 127.0.0.1:8080 and :8081
	deploy/docker/engine.sh run $(SERVER)

clean: ## remove everything that was built; the downloaded tools stay
	rm -rf build

help: ## show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all programs library page setup run test test-programs check page-check e2e soak shots picture table walk fuzz \
        lint format install uninstall docker-deploy docker-run clean help
.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/obj/%.o $(BUILD)/pic/%.o

-include $(shell find $(BUILD)/obj $(BUILD)/pic -name '*.d' 2>/dev/null)
