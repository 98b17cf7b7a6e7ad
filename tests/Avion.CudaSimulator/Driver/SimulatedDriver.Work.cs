using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Avion.CudaSimulator;

/// <content>The functions: modules, launches, streams, events, graphs.</content>
public sealed unsafe partial class SimulatedDriver
{
    private const int CaptureThread = 1;
    private const int OptionInformationLog = 3, OptionErrorLog = 5, OptionVerbose = 12;
    private const uint DisableTiming = 2;
    private const int LargestThreads = 0, StaticShared = 1, LocalBytes = 3, RegisterCount = 4, LargestDynamicShared = 8;

    [UnmanagedCallersOnly]
    private static int ModuleLoad(nint* module, void* image, uint optionCount, int* options, void** values) => OnCurrent("cuModuleLoadDataEx", driver =>
    {
        string text = Marshal.PtrToStringUTF8((nint)image) ?? "";
        driver.CurrentDevice.ToString();
        try
        {
            if (!s_modules.TryGetValue(text, out PtxModule? read))
            {
                s_modules.Add(text, read = PtxModule.Read(text));
            }

            *module = driver.Open(read);
            if (Option(OptionVerbose, optionCount, options, values) != 0)
            {
                WriteLog(OptionInformationLog, optionCount, options, values, CompilationLog(read, driver.CurrentDevice.ComputeCapability));
            }
        }
        catch (SimulationException failure)
        {
            WriteLog(OptionErrorLog, optionCount, options, values, failure.Message);
            throw new DriverError(ErrorCodes.InvalidPtx, "the PTX does not compile");
        }
    }, refusedInCapture: true);

    /// <summary>The value of an option; 0 where it is not given.</summary>
    private static nint Option(int option, uint count, int* options, void** values) =>
        new ReadOnlySpan<int>(options, (int)count).IndexOf(option) is var place && place >= 0 ? (nint)values[place] : 0;

    /// <summary>Writes a log where the caller has room for it; the size of the room is the option behind it.</summary>
    private static void WriteLog(int option, uint count, int* options, void** values, string text)
    {
        nint log = Option(option, count, options, values), size = Option(option + 1, count, options, values);
        if (log == 0 || size == 0)
        {
            return;
        }

        Span<byte> target = new((void*)log, (int)size);
        byte[] message = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(message.Length, target.Length - 1);
        message.AsSpan(0, length).CopyTo(target);
        target[length] = 0;
    }

    /// <summary>What the driver's compiler says of each kernel when it is asked to.</summary>
    private static string CompilationLog(PtxModule module, int computeCapability)
    {
        StringBuilder log = new();
        foreach (KernelProgram kernel in module.KernelNames.Select(module.Find))
        {
            log.Append(CultureInfo.InvariantCulture, $"ptxas info    : Compiling entry function '{kernel.Name}' for 'sm_{computeCapability}'\n")
                .Append(CultureInfo.InvariantCulture, $"ptxas info    : Function properties for {kernel.Name}\n")
                .Append(CultureInfo.InvariantCulture, $"ptxas         .     {kernel.LocalBytes} bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n")
                .Append(CultureInfo.InvariantCulture, $"ptxas info    : Used {kernel.EstimatedRegisters} registers\n");
        }

        return log.ToString();
    }

    [UnmanagedCallersOnly]
    private static int ModuleUnload(nint module) => OnCurrent("cuModuleUnload", driver => driver.Close<PtxModule>(module));

    [UnmanagedCallersOnly]
    private static int ModuleGetFunction(nint* function, nint module, byte* name) => OnCurrent("cuModuleGetFunction", driver =>
    {
        string text = Marshal.PtrToStringUTF8((nint)name) ?? "";
        PtxModule chosen = driver.Of<PtxModule>(module);
        *function = chosen.KernelNames.Contains(text) ? driver.Open(new KernelHandle(chosen.Find(text)))
            : throw new DriverError(ErrorCodes.NotFound, $"the module has no kernel {text}");
    });

    [UnmanagedCallersOnly]
    private static int FunctionSetAttribute(nint function, int attribute, int value) => OnCurrent("cuFuncSetAttribute", driver =>
    {
        if (attribute != LargestDynamicShared || value > LaunchShape.LargestSharedBytes - driver.Of<KernelHandle>(function).Program.StaticSharedBytes)
        {
            throw new DriverError(ErrorCodes.InvalidValue, $"attribute {attribute} cannot be {value}");
        }

        driver.Of<KernelHandle>(function).AllowedDynamicBytes = value;
    });

    [UnmanagedCallersOnly]
    private static int FunctionGetAttribute(int* value, int attribute, nint function) => OnCurrent("cuFuncGetAttribute", driver =>
    {
        KernelProgram program = driver.Of<KernelHandle>(function).Program;
        *value = attribute switch
        {
            LargestThreads => program.MaximumThreads, StaticShared => program.StaticSharedBytes, LocalBytes => program.LocalBytes,
            RegisterCount => program.EstimatedRegisters,
            _ => throw new DriverError(ErrorCodes.InvalidValue, $"attribute {attribute} is not simulated"),
        };
    });

    [UnmanagedCallersOnly]
    private static int LaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters, void** extra) => OnCurrent("cuLaunchKernel", driver =>
    {
        KernelHandle kernel = driver.Of<KernelHandle>(function);
        KernelProgram program = kernel.Program;
        SimulatedStream chosen = driver.Of<SimulatedStream>(stream);
        LaunchShape shape = new(new Extent((int)gridX, (int)gridY, (int)gridZ), new Extent((int)blockX, (int)blockY, (int)blockZ), (int)sharedBytes);
        int allowed = kernel.AllowedDynamicBytes;
        shape.Check(program, Math.Max(allowed, LaunchShape.DefaultSharedBytes - program.StaticSharedBytes));

        // The driver copies as many bytes of each argument as the kernel declares, at once.
        byte[][] arguments = [.. program.ParameterSizes.Select((size, i) => new ReadOnlySpan<byte>(parameters[i], size).ToArray())];
        DeviceMemory memory = driver.CurrentDevice.Memory;
        chosen.Submit(() => driver._statistics[program.Name] = Launch.Run(program, memory, shape, arguments, allowed, driver.CollectsStatistics));
    });

    [UnmanagedCallersOnly]
    private static int StreamCreate(nint* stream, uint flags) =>
        OnCurrent("cuStreamCreate", driver => *stream = driver.Open(new SimulatedStream(driver.CurrentDevice)));

    [UnmanagedCallersOnly]
    private static int StreamDestroy(nint stream) => OnCurrent("cuStreamDestroy", driver =>
    {
        driver.Finish(driver.Of<SimulatedStream>(stream));
        driver.Close<SimulatedStream>(stream);
    });

    [UnmanagedCallersOnly]
    private static int StreamSynchronize(nint stream) =>
        OnCurrent("cuStreamSynchronize", driver => driver.Finish(driver.Of<SimulatedStream>(stream)), refusedInCapture: true);

    [UnmanagedCallersOnly]
    private static int StreamWaitEvent(nint stream, nint signal, uint flags) =>
        OnCurrent("cuStreamWaitEvent", driver => driver.Of<SimulatedStream>(stream).WaitFor(driver.Of<SimulatedEvent>(signal)));

    [UnmanagedCallersOnly]
    private static int EventCreate(nint* signal, uint flags) => OnCurrent("cuEventCreate",
        driver => *signal = driver.Open(new SimulatedEvent { TakesTime = (flags & DisableTiming) == 0 }));

    [UnmanagedCallersOnly]
    private static int EventElapsedTime(float* milliseconds, nint start, nint end) => OnCurrent("cuEventElapsedTime", driver =>
    {
        SimulatedEvent first = driver.Uncaptured(start), last = driver.Uncaptured(end);
        if (!first.TakesTime || !last.TakesTime || first.Recorded == 0 || last.Recorded == 0)
        {
            throw new DriverError(ErrorCodes.InvalidHandle, "the time between events needs two that take it and were recorded");
        }

        if (first.Done < first.Recorded || last.Done < last.Recorded)
        {
            throw new DriverError(ErrorCodes.NotReady, "work is under way");
        }

        *milliseconds = (float)Stopwatch.GetElapsedTime(first.Timestamp, last.Timestamp).TotalMilliseconds;
    });

    [UnmanagedCallersOnly]
    private static int EventDestroy(nint signal) => OnCurrent("cuEventDestroy", driver => driver.Close<SimulatedEvent>(signal));

    [UnmanagedCallersOnly]
    private static int EventRecord(nint signal, nint stream) =>
        OnCurrent("cuEventRecord", driver => driver.Of<SimulatedStream>(stream).Record(driver.Of<SimulatedEvent>(signal)));

    [UnmanagedCallersOnly]
    private static int EventSynchronize(nint signal) => OnCurrent("cuEventSynchronize", driver =>
    {
        SimulatedEvent chosen = driver.Uncaptured(signal);
        driver.WaitUntil(() => chosen.RunUntil(chosen.Recorded));
    });

    [UnmanagedCallersOnly]
    private static int EventQuery(nint signal) => OnCurrent("cuEventQuery", driver =>
    {
        SimulatedEvent chosen = driver.Uncaptured(signal);
        if (chosen.Done < chosen.Recorded)
        {
            // Time passes between questions: one piece of work is done.
            try
            {
                chosen.Stream!.RunOne();
            }
            catch (NotReadyException)
            {
                // Nor is the device.
            }

            throw new DriverError(ErrorCodes.NotReady, "work is under way");
        }
    });

    [UnmanagedCallersOnly]
    private static int BeginCapture(nint stream, int mode) => OnCurrent("cuStreamBeginCapture", driver =>
    {
        SimulatedStream chosen = driver.Of<SimulatedStream>(stream);
        chosen.Capture = chosen.Capture is null ? new Capture(chosen, mode == CaptureThread ? Environment.CurrentManagedThreadId : null)
            : throw new DriverError(ErrorCodes.InvalidValue, "the stream is being captured already");
    });

    [UnmanagedCallersOnly]
    private static int EndCapture(nint stream, nint* graph) => OnCurrent("cuStreamEndCapture", driver =>
    {
        *graph = 0;
        SimulatedStream chosen = driver.Of<SimulatedStream>(stream);
        Capture capture = chosen.Capture ?? throw new DriverError(ErrorCodes.InvalidValue, "the stream is not being captured");
        *graph = driver.Open(capture.End(chosen));
    });

    [UnmanagedCallersOnly]
    private static int GraphInstantiate(nint* executable, nint graph, ulong flags) =>
        OnCurrent("cuGraphInstantiateWithFlags", driver => *executable = driver.Open(new ExecutableGraph(driver.Of<SimulatedGraph>(graph))));

    [UnmanagedCallersOnly]
    private static int GraphLaunch(nint executable, nint stream) => OnCurrent("cuGraphLaunch", driver =>
    {
        SimulatedGraph graph = driver.Of<ExecutableGraph>(executable).Graph;
        driver.Of<SimulatedStream>(stream).Submit(graph.Start());
    });

    [UnmanagedCallersOnly]
    private static int GraphDestroy(nint graph) => OnCurrent("cuGraphDestroy", driver => driver.Close<SimulatedGraph>(graph));

    [UnmanagedCallersOnly]
    private static int GraphExecutableDestroy(nint executable) => OnCurrent("cuGraphExecDestroy", driver => driver.Close<ExecutableGraph>(executable));

    private SimulatedEvent Uncaptured(nint signal)
    {
        SimulatedEvent chosen = Of<SimulatedEvent>(signal);
        if (chosen.Captured is { } point)
        {
            point.Capture.IsInvalid = true;
            throw new DriverError(ErrorCodes.CapturedEvent, "the event was recorded in a capture");
        }

        return chosen;
    }

    private sealed record ExecutableGraph(SimulatedGraph Graph);
}
