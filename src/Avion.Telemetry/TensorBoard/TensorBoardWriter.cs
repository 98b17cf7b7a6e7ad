using Microsoft.Win32.SafeHandles;

namespace Avion.Telemetry;

/// <summary>Writes scalars as a TensorBoard event file.</summary>
/// <remarks>
/// Each record is: length (8 bytes), masked CRC-32C of the length, protobuf <c>Event</c>, masked CRC-32C of it; little endian
/// (TFRecord). Fields used: Event.wall_time 1, step 2, file_version 3, summary 5, session_log 7; Summary.value 1; Value.tag 1,
/// simple_value 2; SessionLog.status 1. Each run or resume writes its own file, which TensorBoard joins by folder. Not thread-safe. A warm
/// call allocates no managed memory.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    private const int SessionStart = 1;

    private readonly SafeFileHandle _file;
    private readonly TimeProvider _time;
    private readonly ProtobufWriter _event = new();
    private byte[] _record = new byte[1024];
    private long _length;

    /// <summary>Creates a new event file in <paramref name="folder"/>.</summary>
    /// <param name="folder">Existing folder.</param>
    /// <param name="firstStep">Values of this step and later ones that earlier files hold are void: they are done again.</param>
    /// <param name="time">Clock, for tests.</param>
    public TensorBoardWriter(string folder, long firstStep = 0, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        (_file, Path) = CreateFile(folder, _time.GetUtcNow().ToUnixTimeSeconds());
        try
        {
            BeginEvent(step: 0);
            _event.Text(3, "brain.Event:2");
            EndEvent();
            BeginEvent(firstStep);
            _event.MessageHeader(7, length: 2);
            _event.Varint(1, SessionStart);
            EndEvent();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Writes the values of one step under <paramref name="prefix"/> (for example <c>train/</c>).</summary>
    public void Write(long step, string prefix, ReadOnlySpan<Scalar> values)
    {
        int prefixLength = Encoding.UTF8.GetByteCount(prefix);
        int summaryLength = 0;
        foreach (Scalar scalar in values)
        {
            int valueLength = ValueLength(prefixLength, scalar, out _);
            summaryLength += 1 + ProtobufWriter.VarintLength((ulong)valueLength) + valueLength;
        }

        BeginEvent(step);
        _event.MessageHeader(5, summaryLength);
        foreach (Scalar scalar in values)
        {
            _event.MessageHeader(1, ValueLength(prefixLength, scalar, out int tagLength));
            _event.MessageHeader(1, tagLength);
            _event.RawText(prefix);
            _event.RawText(scalar.Name);
            _event.Float(2, (float)scalar.Value);
        }

        EndEvent();
    }

    public void Dispose() => _file.Dispose();

    private static int ValueLength(int prefixLength, Scalar scalar, out int tagLength)
    {
        tagLength = prefixLength + Encoding.UTF8.GetByteCount(scalar.Name);
        return 1 + ProtobufWriter.VarintLength((ulong)tagLength) + tagLength + 1 + sizeof(float);
    }

    private void BeginEvent(long step)
    {
        _event.Clear();
        _event.Double(1, (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        _event.Varint(2, step);
    }

    private void EndEvent()
    {
        ReadOnlySpan<byte> data = _event.Written;
        int count = data.Length + 16;
        if (_record.Length < count)
        {
            _record = new byte[count * 2];
        }

        Span<byte> record = _record.AsSpan(0, count);
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], Crc32C.Masked(record[..8]));
        data.CopyTo(record[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[(12 + data.Length)..], Crc32C.Masked(data));
        RandomAccess.Write(_file, record, _length);
        _length += count;
    }

    private static (SafeFileHandle File, string Path) CreateFile(string folder, long unixSeconds)
    {
        // TensorBoard orders the files of a folder by name; the counter keeps two starts within one second apart.
        for (int attempt = 0; ; attempt++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{unixSeconds:D10}.avion.{attempt}");
            string path = System.IO.Path.Combine(folder, name);
            try
            {
                return (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read), path);
            }
            catch (IOException) when (File.Exists(path) && attempt < 1000)
            {
            }
        }
    }
}
