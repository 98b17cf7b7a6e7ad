using System.Diagnostics;
using System.Text.Json;

namespace Avion.Compute;

/// <summary>Writes a trace as a time line for a trace viewer, and as a table.</summary>
public static class OperationTraceWriter
{
    private const string StepPhase = "step";

    /// <summary>Writes the calls in the Trace Event Format (JSON) that Chrome's and Perfetto's
    /// viewers read; times in microseconds.</summary>
    /// <remarks>Parts of steps are events around the calls within them. Times count from the first event.</remarks>
    public static void WriteTimeLine(this OperationTrace trace, Stream stream)
    {
        using Utf8JsonWriter json = new(stream);
        long origin = long.MaxValue;
        foreach (OperationPhase phase in trace.Phases)
        {
            origin = Math.Min(origin, phase.StartTicks);
        }

        foreach (OperationEvent call in trace.Events)
        {
            origin = Math.Min(origin, call.StartTicks);
        }

        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        foreach (OperationPhase phase in trace.Phases)
        {
            WriteSpan(json, phase.Name, "phase", phase.StartTicks - origin, phase.DurationTicks);
            json.WriteEndObject();
        }

        foreach (OperationEvent call in trace.Events)
        {
            WriteSpan(json, call.Operation, "kernel", call.StartTicks - origin, call.DurationTicks);
            json.WriteStartObject("args");
            json.WriteNumber("flops", call.Flops);
            json.WriteNumber("bytes", call.Bytes);
            if (trace.WorkerCount > 0)
            {
                json.WriteNumber("idle", Microseconds(call.IdleTicks));
                json.WriteNumber("chunks", call.ChunkCount);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a line an operation: calls, milliseconds, GFLOP/s, GB/s, shares of the time and of the ceilings, and the share of
    /// the workers' time in which they had nothing to do; then sums, what lies between calls, and the parts of steps.</summary>
    /// <param name="trace">What to add up.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="ceilings">What the machine can do, or null to leave those columns out.</param>
    public static void WriteTable(this OperationTrace trace, TextWriter writer, MachineCeilings? ceilings = null)
    {
        IReadOnlyList<OperationTotal> totals = trace.Totals();
        OperationTotal all = new("all kernels", trace.Events.Count, totals.Sum(total => total.Seconds), totals.Sum(total => total.Flops),
            totals.Sum(total => total.Bytes), totals.Sum(total => total.IdleSeconds), totals.Sum(total => total.ChunkCount));
        writer.WriteLine($"{"operation",-28} {"calls",8} {"ms",10} {"share",7} {"GFLOP/s",9} {"GB/s",8}"
            + (ceilings is null ? "" : $" {"of peak",8} {"of copy",8}") + (trace.WorkerCount == 0 ? "" : $" {"idle",7} {"idle ms",9} {"chunks",8}"));
        foreach (OperationTotal total in totals)
        {
            WriteLine(writer, trace, total, all.Seconds, ceilings);
        }

        WriteLine(writer, trace, all, all.Seconds, ceilings);
        List<(string Name, long Count, double Seconds)> phases = PhaseTotals(trace);
        if (phases.Find(phase => phase.Name == StepPhase) is { Count: > 0 } step)
        {
            // Nothing is shared here: one worker has work.
            double between = step.Seconds - all.Seconds;
            WriteLine(writer, trace, new OperationTotal("between them", 0, between, 0, 0, between * Math.Max(0, trace.WorkerCount - 1)),
                all.Seconds, ceilings);
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"({all.Flops / 1e9:f3} GFLOP)"));
        foreach ((string name, long count, double seconds) in phases)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"[" + name + "]",-28} {count,8} {seconds * 1e3,10:f3}"));
        }

        if (trace.DroppedCount > 0)
        {
            writer.WriteLine($"{trace.DroppedCount} more calls came after the limit of the trace and are not counted.");
        }
    }

    private static void WriteLine(TextWriter writer, OperationTrace trace, in OperationTotal total, double allSeconds,
        MachineCeilings? ceilings)
    {
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{total.Operation,-28} {total.Calls,8} {total.Seconds * 1e3,10:f3} "
            + $"{total.Seconds / allSeconds,7:p1} {total.GigaflopsPerSecond,9:f1} {total.GigabytesPerSecond,8:f1}"));
        if (ceilings is not null)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $" {total.GigaflopsPerSecond / ceilings.GigaflopsPerSecond,8:p0} {total.GigabytesPerSecond / ceilings.GigabytesPerSecond,8:p0}"));
        }

        if (trace.WorkerCount > 0)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $" {total.IdleSeconds / (trace.WorkerCount * total.Seconds),7:p1} {total.IdleSeconds * 1e3,9:f3} {total.ChunkCount,8}"));
        }

        writer.WriteLine();
    }

    /// <summary>The parts of steps added up by name, in the order in which they first began.</summary>
    private static List<(string Name, long Count, double Seconds)> PhaseTotals(OperationTrace trace)
    {
        List<OperationPhase> phases = [.. trace.Phases];
        phases.Sort((a, b) => a.StartTicks.CompareTo(b.StartTicks));
        List<(string Name, long Count, double Seconds)> totals = [];
        foreach (OperationPhase phase in phases)
        {
            double seconds = Stopwatch.GetElapsedTime(0, phase.DurationTicks).TotalSeconds;
            int index = totals.FindIndex(total => total.Name == phase.Name);
            if (index < 0)
            {
                totals.Add((phase.Name, 1, seconds));
            }
            else
            {
                totals[index] = (phase.Name, totals[index].Count + 1, totals[index].Seconds + seconds);
            }
        }

        return totals;
    }

    /// <summary>Opens an event that the caller ends.</summary>
    private static void WriteSpan(Utf8JsonWriter json, string name, string category, long startTicks, long durationTicks)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("cat", category);
        json.WriteString("ph", "X");
        json.WriteNumber("pid", 1);
        json.WriteNumber("tid", 1);
        json.WriteNumber("ts", Microseconds(startTicks));
        json.WriteNumber("dur", Microseconds(durationTicks));
    }

    private static double Microseconds(long ticks) => Math.Round(ticks * 1e6 / Stopwatch.Frequency, 3);
}
