namespace Avion.Compute;

/// <summary>A call of the CUDA driver that failed.</summary>
public sealed class CudaException : Exception
{
    internal CudaException(string call, int code, string name, string description)
        : base($"{call} failed: {name} ({code}): {description}.") => (Call, Code) = (call, code);

    /// <summary>Name of the function.</summary>
    public string Call { get; }

    /// <summary>The driver's number of the error (CUresult).</summary>
    public int Code { get; }

    /// <summary>Whether the call, or an earlier one, is none that can be captured as a graph.</summary>
    public bool IsOfCapture => Code is >= CudaCodes.FirstOfCapture and <= CudaCodes.LastOfCapture;

    /// <summary>Whether the device had no memory left.</summary>
    public bool IsOutOfMemory => Code == CudaCodes.OutOfMemory;

    /// <summary>Whether the device can do nothing more for this process: every later call fails with the same code.</summary>
    /// <remarks>Uncorrectable memory, an illegal address, a timeout, an assertion, and what else ends a kernel.</remarks>
    public bool LosesDevice => Code is 214 or 700 or 702 or 710 or (>= 714 and <= 719);

    /// <summary>Whether no page of the host's memory was locked: none is left, or the system or the machine allows none.</summary>
    internal bool IsOfPinning => Code is CudaCodes.OutOfMemory or CudaCodes.OperatingSystem or CudaCodes.NotSupported;
}

/// <summary>Numbers of the driver's results that Avion tells apart.</summary>
internal static class CudaCodes
{
    public const int Success = 0, OutOfMemory = 2, OperatingSystem = 304, NotReady = 600, NotSupported = 801, FirstOfCapture = 900, LastOfCapture = 908;
}
