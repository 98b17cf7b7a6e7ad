using System.Buffers;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Avion.Telemetry;

/// <summary>Appends lines to a run log; each line is handed to the operating system whole, before the call returns.</summary>
/// <remarks>
/// A killed process therefore loses no line, and at worst a failing disk leaves half of the last one, which the next writer cuts off and
/// the reader ignores. Readers may follow the file while it grows. Not thread-safe. A warm call allocates no managed memory.
/// </remarks>
public sealed class RunLogWriter : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json;
    private long _length;

    /// <summary>Opens the log at <paramref name="path"/>, creating it or, if it exists, cutting off a torn last line.</summary>
    /// <exception cref="IOException">The file cannot be opened for writing.</exception>
    public RunLogWriter(string path, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _json = new Utf8JsonWriter(_line);
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            _length = EndOfLastWholeLine(_file);
            BytesCutOff = RandomAccess.GetLength(_file) - _length;
            if (BytesCutOff > 0)
            {
                RandomAccess.SetLength(_file, _length);
            }
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of a torn last line that opening removed; normally 0.</summary>
    public long BytesCutOff { get; }

    /// <summary>Appends one line.</summary>
    public void Write(RunLogKind kind, long step, int epoch, ReadOnlySpan<Scalar> values, ReadOnlySpan<Label> labels = default)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("time"u8, _time.GetUtcNow());
        _json.WriteString("kind"u8, RunLogKindNames.Of(kind));
        _json.WriteNumber("step"u8, step);
        _json.WriteNumber("epoch"u8, epoch);
        _json.WriteStartObject("values"u8);
        foreach (Scalar scalar in values)
        {
            WriteValue(scalar);
        }

        _json.WriteEndObject();
        _json.WriteStartObject("labels"u8);
        foreach (Label label in labels)
        {
            _json.WriteString(label.Name, label.Value);
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        _line.GetSpan(1)[0] = (byte)'\n';
        _line.Advance(1);

        // The length only moves after the write, so that a line that failed half-way (full disk) is overwritten by the next one.
        RandomAccess.Write(_file, _line.WrittenSpan, _length);
        _length += _line.WrittenCount;
    }

    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private void WriteValue(Scalar scalar)
    {
        if (double.IsFinite(scalar.Value))
        {
            _json.WriteNumber(scalar.Name, scalar.Value);
            return;
        }

        _json.WriteString(scalar.Name, double.IsNaN(scalar.Value) ? "NaN" : scalar.Value > 0 ? "Infinity" : "-Infinity");
    }

    private static long EndOfLastWholeLine(SafeFileHandle file)
    {
        Span<byte> block = stackalloc byte[4096];
        long end = RandomAccess.GetLength(file);
        while (end > 0)
        {
            long start = Math.Max(0, end - block.Length);
            int count = RandomAccess.Read(file, block[..(int)(end - start)], start);
            int newline = block[..count].LastIndexOf((byte)'\n');
            if (newline >= 0)
            {
                return start + newline + 1;
            }

            end = start;
        }

        return 0;
    }
}
