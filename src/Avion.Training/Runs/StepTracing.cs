namespace Avion.Training;

/// <summary>Which steps of a run are traced, and where to.</summary>
/// <param name="Files">The files to write.</param>
/// <param name="FirstStep">First traced step, counted from 1 where this process begins.</param>
/// <param name="LastStep">Last traced step.</param>
public sealed record StepTraceOptions(TraceFiles Files, long FirstStep = StepTraceOptions.DefaultFirstStep,
    long LastStep = StepTraceOptions.DefaultLastStep)
{
    /// <summary>Memory is taken and code compiled in the first steps; these are warm.</summary>
    public const long DefaultFirstStep = 4;

    /// <summary>Three steps tell one that is unlike the others.</summary>
    public const long DefaultLastStep = 6;
}

/// <summary>Traces the kernel calls of a few steps, and writes the files when the last of them is done.</summary>
/// <remarks>The device has no trace before and after those steps, so all others cost what they cost without tracing.</remarks>
internal sealed class StepTracing(StepTraceOptions options, Device device, RunReporter reporter)
{
    private readonly OperationTrace _trace = new(workers: (device as CpuDevice)?.Workers);
    private long _stepsBegun;
    private bool _isWritten;

    /// <summary>Called before the wait for the data of each step.</summary>
    public void StepBegins()
    {
        _stepsBegun++;
        device.Trace = _stepsBegun >= options.FirstStep && _stepsBegun <= options.LastStep ? new CompletedCalls(_trace, device) : null;
    }

    /// <summary>Called after each step, done or not.</summary>
    public void StepEnds(long step)
    {
        device.Trace = null;
        if (_stepsBegun == options.LastStep)
        {
            Write(step);
        }
    }

    /// <summary>Called when no more steps come: writes what a run that ended early has shown.</summary>
    public void RunEnds(long step)
    {
        if (_trace.Events.Count == 0)
        {
            reporter.Warning(step, 0, $"No step was traced: the run ended before step {options.FirstStep} of this process.");
        }
        else if (!_isWritten)
        {
            Write(step);
        }
    }

    private void Write(long step)
    {
        _isWritten = true;
        reporter.CloseWindow();
        try
        {
            options.Files.Write(_trace, device is CpuDevice cpu ? MachineCeilings.Measure(cpu) : null);
            reporter.Message($"Traced {_trace.Events.Count} kernel calls: "
                + $"{options.Files.TimeLinePath} (time line), {options.Files.TablePath} (table).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A trace is no part of the run, which goes on.
            reporter.Warning(step, 0, $"The trace cannot be written: {error.Message}");
        }

        reporter.RestartWindow();
    }
}
