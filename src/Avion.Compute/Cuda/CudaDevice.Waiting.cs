using System.Diagnostics;

namespace Avion.Compute;

/// <content>Waiting for the device while somebody watches whether it can still come to an end.</content>
public sealed unsafe partial class CudaDevice
{
    // A wait of a step is short and answered at once; a longer one need not keep a core busy.
    private static readonly TimeSpan s_impatience = TimeSpan.FromMilliseconds(2);

    /// <summary>Asked again and again while the host waits for the device; null where nothing can keep the device waiting.</summary>
    internal IDeviceWatch? Watch { get; set; }

    /// <summary>Waits for what was given to the stream so far, if somebody watches: waiting in the driver would be for good.</summary>
    private void WaitWatched()
    {
        if (Watch is null)
        {
            return;
        }

        nint signal = Driver.CreateEvent();
        try
        {
            Driver.RecordEvent(signal, Stream);
            WaitWatched(signal);
        }
        finally
        {
            Driver.DestroyEvent(signal);
        }
    }

    private void WaitWatched(nint signal)
    {
        long started = Stopwatch.GetTimestamp();
        while (!Driver.IsDone(signal))
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(started);
            Watch?.Check(waited);
            Thread.Sleep(waited < s_impatience ? 0 : 1);
        }
    }
}

/// <summary>Knows whether a device that works on what others take part in can still come to an end.</summary>
internal interface IDeviceWatch
{
    /// <summary>Throws if it cannot, or has had time enough.</summary>
    /// <param name="waited">How long the host has waited.</param>
    void Check(TimeSpan waited);
}
