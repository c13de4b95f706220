#!/bin/sh
# Follow a gateway's alerts with curl, one line of JSON each, and resume where it stopped:
#     sh stream_client.sh 'http://127.0.0.1:8345/v1/stream?side=sell' [FILE FOR THE LAST ID]
url=$1 last=${2:-last_event_id}
while :; do
    curl --silent --no-buffer --fail --header "Last-Event-ID: $(cat "$last" 2>/dev/null)" "$url" |
        while IFS= read -r line; do
            case $line in
                'id: '*) id=${line#id: } ;;
                'event: '*) event=${line#event: } ;;
                'data: '*) [ "$event" = holding_changed ] && printf '%s\n' "${line#data: }" ;;
                '') [ -n "$id" ] && printf '%s' "$id" > "$last"; event='' ;;
            esac
        done
    sleep 1
done
