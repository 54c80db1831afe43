// SPDX-License-Identifier: Apache-2.0
/*
 * The first process of a lab's guest: mounts what the agent looks at, starts the agent on the way that the kernel's command
 * line names, and turns the machine off when the agent has ended.
 *
 *   ccwspec.way=port:NAME         the agent on the virtio-serial port of that name
 *   ccwspec.way=tub:BUSID:DEVICE  the agent on a 3270, which is set online first, for example tub:0.0.0700:/dev/3270/tub1
 *   ccwspec.way=shell             a shell on the console
 *   ccwspec.run=KEY               says when this is the machine that was asked for
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_LINE = 4096, TRIES = 6000, TRY_MILLISECONDS = 5 };

struct mount_point {
	const char *what, *where;
};

static const struct mount_point mounts[] = {
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "devtmpfs", "/dev" },
	{ "debugfs", "/sys/kernel/debug" },
	{ "tracefs", "/sys/kernel/tracing" },
	{ "tmpfs", "/tmp" },
};

/* To the kernel log, so that it is on every console, and in its place between the kernel's own lines. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char text[256] = "<5>ccwspec: ";
	size_t start = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + start, sizeof(text) - start, format, arguments);
	va_end(arguments);
	int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (log >= 0) {
		if (write(log, text, strlen(text)) < 0)
			perror("/dev/kmsg");
		close(log);
	}
}

static void pause_a_little(void)
{
	const struct timespec time = { .tv_nsec = TRY_MILLISECONDS * 1000000L };

	nanosleep(&time, NULL);
}

static bool wait_for(const char *path)
{
	for (int i = 0; i < TRIES; i++) {
		if (access(path, F_OK) == 0)
			return true;
		pause_a_little();
	}
	say("there is no %s", path);
	return false;
}

static int put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	if (file < 0)
		return -errno;
	ssize_t written = write(file, text, strlen(text));
	int result = written < 0 ? -errno : 0;
	close(file);
	return result;
}

/* The first line of a file, without its end. */
static bool get(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return false;
	ssize_t length = read(file, text, size - 1);
	close(file);
	text[length < 0 ? 0 : length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return length >= 0;
}

/* The value of `name=` on the kernel's command line, ended in place; NULL if it is not there. */
static char *setting(char *line, const char *name)
{
	size_t length = strlen(name);

	for (char *word = line; word; word = strchr(word, ' ')) {
		word += strspn(word, " ");
		if (strncmp(word, name, length) == 0 && word[length] == '=') {
			char *value = word + length + 1;
			value[strcspn(value, " \n")] = '\0';
			return value;
		}
	}
	return NULL;
}

static void command_line(char *line)
{
	int file = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, line, COMMAND_LINE - 1);

	line[length < 0 ? 0 : length] = '\0';
	if (file >= 0)
		close(file);
}

/* The driver answers EBUSY until the terminal has been asked what it is. */
static bool can_open(const char *path)
{
	for (int i = 0; i < TRIES; i++) {
		int file = open(path, O_RDWR | O_CLOEXEC);
		if (file >= 0) {
			close(file);
			return true;
		}
		if (errno != EBUSY && errno != ENOENT && errno != ENODEV) {
			say("%s: %s", path, strerror(errno));
			return false;
		}
		pause_a_little();
	}
	say("%s stays busy", path);
	return false;
}

static pid_t start(char *const words[])
{
	pid_t child = fork();

	if (child != 0)
		return child;
	execv(words[0], words);
	say("%s: %s", words[0], strerror(errno));
	_exit(127);
}

/* The device of the port `name`: its number depends on which other devices there are. */
static bool find_port(const char *name, char *device, size_t size)
{
	static const char folder[] = "/sys/class/virtio-ports";

	for (int i = 0; i < TRIES; i++) {
		DIR *ports = opendir(folder);
		struct dirent *entry;
		bool found = false;

		while (ports && !found && (entry = readdir(ports))) {
			char path[sizeof(folder) + sizeof(entry->d_name) + 8], text[64];

			snprintf(path, sizeof(path), "%s/%s/name", folder, entry->d_name);
			found = get(path, text, sizeof(text)) && strcmp(text, name) == 0;
			if (found)
				snprintf(device, size, "/dev/%s", entry->d_name);
		}
		if (ports)
			closedir(ports);
		if (found)
			return wait_for(device);
		pause_a_little();
	}
	say("there is no port %s", name);
	return false;
}

static pid_t start_on_port(const char *name)
{
	char device[300];
	char *words[] = { "/bin/ccwspec-agent", "--port", device, NULL };

	return find_port(name, device, sizeof(device)) ? start(words) : -1;
}

static pid_t start_on_tub(char *bus_id)
{
	char *device = strchr(bus_id, ':');
	char path[96];

	if (!device) {
		say("ccwspec.way=tub:%s has no device", bus_id);
		return -1;
	}
	*device++ = '\0';
	snprintf(path, sizeof(path), "/sys/bus/ccw/devices/%s/online", bus_id);
	if (!wait_for(path))
		return -1;
	int result = put(path, "1");
	if (result < 0) {
		say("%s: %s", path, strerror(-result));
		return -1;
	}
	char *words[] = { "/bin/ccwspec-agent", "--tub", device, NULL };

	return can_open(device) ? start(words) : -1;
}

/* /dev/console cannot be a controlling terminal, without which a shell has no job control: what is behind it can. */
static void take_terminal(void)
{
	char names[128], path[sizeof(names) + 8];

	setsid();
	if (!get("/sys/class/tty/console/active", names, sizeof(names)))
		return;
	const char *last = strrchr(names, ' ');
	snprintf(path, sizeof(path), "/dev/%s", last ? last + 1 : names);
	int terminal = open(path, O_RDWR);
	if (terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0)
		return;
	for (int standard = 0; standard <= 2; standard++)
		dup2(terminal, standard);
	if (terminal > 2)
		close(terminal);
}

static pid_t start_shell(void)
{
	char *words[] = { "/bin/sh", "-l", NULL };
	pid_t child = fork();

	if (child != 0)
		return child;
	take_terminal();
	execv(words[0], words);
	say("%s: %s", words[0], strerror(errno));
	_exit(127);
}

static pid_t start_way(char *way)
{
	static const char port[] = "port:", tub[] = "tub:";

	if (way && strncmp(way, port, strlen(port)) == 0)
		return start_on_port(way + strlen(port));
	if (way && strncmp(way, tub, strlen(tub)) == 0)
		return start_on_tub(way + strlen(tub));
	if (way && strcmp(way, "shell") == 0)
		return start_shell();
	say("no ccwspec.way on the command line");
	return -1;
}

/* Processes that the agent forked, and that outlived it, are waited for too. */
static void wait_until_ended(pid_t main_process)
{
	int status = 0;
	pid_t ended;

	do {
		ended = wait(&status);
	} while (ended != main_process && (ended >= 0 || errno == EINTR));
	if (WIFSIGNALED(status))
		say("ended by signal %d", WTERMSIG(status));
	else
		say("ended with code %d", WEXITSTATUS(status));
}

int main(void)
{
	char line[COMMAND_LINE], run[COMMAND_LINE];

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		if (mount(mounts[i].what, mounts[i].where, mounts[i].what, 0, NULL) < 0)
			say("%s on %s: %s", mounts[i].what, mounts[i].where, strerror(errno));
	}
	command_line(line);
	memcpy(run, line, sizeof(run));
	char *key = setting(run, "ccwspec.run");
	pid_t main_process = start_way(setting(line, "ccwspec.way"));
	if (main_process > 0) {
		say("ready %s", key ? key : "");
		wait_until_ended(main_process);
	}
	say("off");
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
