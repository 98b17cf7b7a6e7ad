using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.Json;

namespace Avion.Compute;

/// <summary>Writes a trace as a time line for a trace viewer, and as a table.</summary>
public static class OperationTraceWriter
{
    /// <summary>Writes the calls in the Trace Event Format (JSON) that Chrome's and Perfetto's viewers read; times in microseconds.</summary>
    public static void WriteTimeLine(this OperationTrace trace, Stream stream)
    {
        using Utf8JsonWriter json = new(stream);
        long origin = trace.Events.Count > 0 ? trace.Events[0].StartTicks : 0;
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        foreach (OperationEvent call in trace.Events)
        {
            json.WriteStartObject();
            json.WriteString("name", call.Operation);
            json.WriteString("cat", "kernel");
            json.WriteString("ph", "X");
            json.WriteNumber("pid", 1);
            json.WriteNumber("tid", 1);
            json.WriteNumber("ts", Microseconds(call.StartTicks - origin));
            json.WriteNumber("dur", Microseconds(call.DurationTicks));
            json.WriteStartObject("args");
            json.WriteNumber("flops", call.Flops);
            json.WriteNumber("bytes", call.Bytes);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a line an operation: calls, milliseconds, GFLOP/s, GB/s, shares of the time and of the ceilings.</summary>
    /// <param name="trace">What to add up.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="ceilings">What the machine can do, or null to leave those columns out.</param>
    public static void WriteTable(this OperationTrace trace, TextWriter writer, MachineCeilings? ceilings = null)
    {
        double total = 0;
        foreach (OperationTotal operation in trace.Totals())
        {
            total += operation.Seconds;
        }

        writer.WriteLine($"{"operation",-28} {"calls",8} {"ms",10} {"share",7} {"GFLOP/s",9} {"GB/s",8}{(ceilings is null ? "" : $" {"of peak",8} {"of copy",8}")}");
        foreach (OperationTotal operation in trace.Totals())
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{operation.Operation,-28} {operation.Calls,8} {operation.Seconds * 1e3,10:f3} " +
                $"{operation.Seconds / total,7:p1} {operation.GigaflopsPerSecond,9:f1} {operation.GigabytesPerSecond,8:f1}"));
            writer.WriteLine(ceilings is null ? "" : string.Create(CultureInfo.InvariantCulture,
                $" {operation.GigaflopsPerSecond / ceilings.GigaflopsPerSecond,8:p0} {operation.GigabytesPerSecond / ceilings.GigabytesPerSecond,8:p0}"));
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"all kernels",-28} {trace.Events.Count,8} {total * 1e3,10:f3}"));
        if (trace.DroppedCount > 0)
        {
            writer.WriteLine($"{trace.DroppedCount} more calls came after the limit of the trace and are not counted.");
        }
    }

    private static double Microseconds(long ticks) => Math.Round(ticks * 1e6 / Stopwatch.Frequency, 3);
}
