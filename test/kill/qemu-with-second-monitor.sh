#!/bin/sh
# QEMU as the lab starts it, with two ways in beside the lab's own: a second monitor (kill-qmp), and a console that can be
# typed on (kill-console). Both are sockets in the lab's folder, which is read off the first monitor's option.
for word; do
  case $word in
  unix:*/qmp,*)
    folder=${word#unix:}
    folder=${folder%/qmp,*}
    ;;
  esac
done
if [ -z "${folder-}" ]; then exec qemu-system-s390x "$@"; fi
for word; do
  shift
  case $word in
  file,path=*,append=on,id=console)
    log=${word#file,path=}
    log=${log%,append=on,id=console}
    word="socket,path=$folder/kill-console,server=on,wait=off,logfile=$log,logappend=on,id=console"
    ;;
  esac
  set -- "$@" "$word"
done
exec qemu-system-s390x "$@" -qmp "unix:$folder/kill-qmp,server=on,wait=off"
