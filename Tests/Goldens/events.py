"""Records of TensorBoard's event files as pip's tensorboard writes them, which Tests/TrainingTests holds ours against.

    python3 Tests/Goldens/events.py

Prints the name of a record and its bytes, one record a line.
"""

import io

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter


class Unclosed(io.BytesIO):
    def close(self):
        pass


def show(name, event):
    file = Unclosed()
    RecordWriter(file).write(event.SerializeToString())
    print(f"{name}: {file.getvalue().hex()}")


show("beginning", event_pb2.Event(wall_time=1700000000.5, file_version="brain.Event:2"))
start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
show("restart", event_pb2.Event(wall_time=1700000000.5, step=301, session_log=start))
values = [
    summary_pb2.Summary.Value(tag="train/elbo", simple_value=-104.25),
    summary_pb2.Summary.Value(tag="train/kl", simple_value=25.1),
]
show("scalars", event_pb2.Event(wall_time=1700000001.25, step=300, summary=summary_pb2.Summary(value=values)))
