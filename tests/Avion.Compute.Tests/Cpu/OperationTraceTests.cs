namespace Avion.Compute.Tests;

public sealed class OperationTraceTests
{
    [Fact]
    public void Every_kernel_call_is_kept_with_its_work_and_added_up_by_name()
    {
        OperationTrace trace = Traced();
        Assert.Equal(["LayerNorm.Forward", "Add.Forward", "Add.Forward"], trace.Events.Select(call => call.Operation));
        OperationTotal sums = trace.Totals().Single(total => total.Operation == "Add.Forward");
        Assert.Equal((2, 2 * 60L, 2 * 3 * 60L * 4), (sums.Calls, sums.Flops, sums.Bytes));
        Assert.All(trace.Events, call => Assert.True(call.DurationTicks >= 0));
    }

    [Fact]
    public void Time_line_is_in_the_trace_event_format()
    {
        OperationTrace trace = Traced();
        using MemoryStream stream = new();
        trace.WriteTimeLine(stream);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        JsonElement[] events = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray()];
        Assert.Equal(3, events.Length);
        Assert.Equal(("X", "LayerNorm.Forward", 0), (events[0].GetProperty("ph").GetString(), events[0].GetProperty("name").GetString(),
            events[0].GetProperty("ts").GetDouble()));
        Assert.True(events[1].GetProperty("ts").GetDouble() >= events[0].GetProperty("dur").GetDouble());
    }

    [Fact]
    public void Parts_of_a_step_lie_around_their_calls_and_within_each_other()
    {
        using CpuDevice device = new(1);
        OperationTrace trace = new();
        device.Trace = trace;
        using (device.Phase("outer"))
        {
            Run(device);
            using (device.Phase("inner"))
            {
                Run(device);
            }
        }

        using MemoryStream stream = new();
        trace.WriteTimeLine(stream);
        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        JsonElement[] events = [.. document.RootElement.GetProperty("traceEvents").EnumerateArray()];
        (double Start, double End) Span(string name) => events.Where(item => item.GetProperty("name").GetString() == name)
            .Select(item => (item.GetProperty("ts").GetDouble(),
                item.GetProperty("ts").GetDouble() + item.GetProperty("dur").GetDouble())).Single();
        int CallsWithin((double Start, double End) span) => events.Count(item => item.GetProperty("cat").GetString() == "kernel"
            && item.GetProperty("ts").GetDouble() >= span.Start
                && item.GetProperty("ts").GetDouble() + item.GetProperty("dur").GetDouble() <= span.End + 0.002);
        (double Start, double End) outer = Span("outer"), inner = Span("inner");
        Assert.Equal(0, outer.Start);
        Assert.True(inner.Start >= outer.Start && inner.End <= outer.End + 0.002, $"inner {inner} does not lie within outer {outer}");
        Assert.Equal((6, 3), (CallsWithin(outer), CallsWithin(inner)));
    }

    [Fact]
    public void Table_has_a_line_an_operation_and_tells_what_was_dropped()
    {
        OperationTrace trace = Traced(limit: 2);
        StringWriter writer = new();
        trace.WriteTable(writer, new MachineCeilings(100, 10));
        string text = writer.ToString();
        Assert.Contains("LayerNorm.Forward", text);
        Assert.Contains("of peak", text);
        Assert.Contains("1 more calls", text);
    }

    [Fact]
    public void Worker_without_a_chunk_counts_as_idle()
    {
        using CpuDevice device = new(2);
        OperationTrace trace = new(workers: device.Workers);
        device.Trace = trace;
        Run(device);
        device.Trace = null;

        // Five rows are one chunk, so that the second worker waits all the time.
        Assert.All(trace.Events, call => Assert.Equal((call.DurationTicks, 0), (call.IdleTicks, call.ChunkCount)));
        Assert.False(device.Workers.MeasuresLoad);
        StringWriter writer = new();
        trace.WriteTable(writer);
        Assert.Matches(@"all kernels .* 50\.0 ?%", writer.ToString());
    }

    [Fact]
    public void Device_without_a_trace_counts_the_same_work()
    {
        using CpuDevice device = new(1);
        Run(device);
        Assert.Equal((3, (8 * 60L) + (2 * 60L)), (device.KernelCount, device.FlopCount));
    }

    private static OperationTrace Traced(int limit = 1000)
    {
        using CpuDevice device = new(1);
        OperationTrace trace = new(limit);
        device.Trace = trace;
        Run(device);
        return trace;
    }

    private static void Run(CpuDevice device)
    {
        using Tape tape = new(device);
        Tensor x = tape.Allocate(new Shape(5, 12)), weight = tape.Allocate(new Shape(12)), rows = tape.Allocate(new Shape(5));
        device.Clear(x);
        device.Clear(weight);
        LayerNorm.Forward(device, x, weight, weight, 1e-5f, x, rows, rows);
        Add.Accumulate(device, x, x);
        Add.Accumulate(device, x, x);
    }
}
