namespace Avion.Compute;

/// <content>Modules and launches of kernels.</content>
public sealed unsafe partial class CudaDriver
{
    private const int LogBytes = 64 * 1024;
    private const int OptionInformationLog = 3, OptionInformationLogBytes = 4, OptionErrorLog = 5, OptionErrorLogBytes = 6, OptionVerbose = 12;

    private delegate* unmanaged<nint*, void*, uint, int*, void**, int> _moduleLoad;
    private delegate* unmanaged<nint, int> _moduleUnload;
    private delegate* unmanaged<nint*, nint, byte*, int> _moduleGetFunction;
    private delegate* unmanaged<nint, int, int, int> _functionSetAttribute;
    private delegate* unmanaged<int*, int, nint, int> _functionGetAttribute;
    private delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> _launch;

    /// <summary>Compiles PTX for the current device.</summary>
    /// <exception cref="CudaException">The driver does not take it; its log is in the message.</exception>
    internal nint LoadModule(string ptx) => LoadModule(ptx, out _);

    /// <summary>Compiles PTX for the current device.</summary>
    /// <param name="ptx">The text.</param>
    /// <param name="log">What the driver's compiler tells of each kernel; empty where the driver had it compiled before.</param>
    /// <exception cref="CudaException">The driver does not take it; its log is in the message.</exception>
    internal nint LoadModule(string ptx, out string log)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes(ptx), 0], information = new byte[LogBytes], errors = new byte[LogBytes];
        int* options = stackalloc int[] { OptionInformationLog, OptionInformationLogBytes, OptionErrorLog, OptionErrorLogBytes, OptionVerbose };
        nint module;
        fixed (byte* source = text, informationText = information, errorText = errors)
        {
            void** values = stackalloc void*[] { informationText, (void*)LogBytes, errorText, (void*)LogBytes, (void*)1 };
            int result = _moduleLoad(&module, source, 5, options, values);
            Check(result, result == CudaCodes.Success ? "" : $"cuModuleLoadDataEx: {TextOf(errors)}");
        }

        log = TextOf(information);
        return module;
    }

    private static string TextOf(byte[] log) => Encoding.UTF8.GetString(log, 0, Math.Max(0, Array.IndexOf(log, (byte)0))).Trim();

    internal void UnloadModule(nint module) => CheckRelease(_moduleUnload(module), "cuModuleUnload");

    internal nint Function(nint module, string name)
    {
        nint function;
        fixed (byte* text = (byte[])[.. Encoding.UTF8.GetBytes(name), 0])
        {
            int result = _moduleGetFunction(&function, module, text);
            Check(result, result == CudaCodes.Success ? "" : $"cuModuleGetFunction of {name}");
        }

        return function;
    }

    internal void SetAttribute(nint function, CudaFunctionAttribute attribute, int value) =>
        Check(_functionSetAttribute(function, (int)attribute, value), "cuFuncSetAttribute");

    internal int Attribute(nint function, CudaFunctionAttribute attribute)
    {
        int value;
        Check(_functionGetAttribute(&value, (int)attribute, function), "cuFuncGetAttribute");
        return value;
    }

    /// <summary>Gives a kernel to a stream.</summary>
    /// <exception cref="CudaException">The driver does not take it; the message names the kernel.</exception>
    internal void Launch(nint function, string name, CudaGrid grid, int threads, int sharedBytes, nint stream, void** parameters)
    {
        int result = _launch(
            function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)threads, 1, 1, (uint)sharedBytes, stream, parameters, null);
        Check(result, result == CudaCodes.Success ? "" : $"cuLaunchKernel of {name}, {grid.X} × {grid.Y} × {grid.Z} blocks of {threads} threads");
    }

    private void FillKernels()
    {
        _moduleLoad = (delegate* unmanaged<nint*, void*, uint, int*, void**, int>)Find("cuModuleLoadDataEx");
        _moduleUnload = (delegate* unmanaged<nint, int>)Find("cuModuleUnload");
        _moduleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Find("cuModuleGetFunction");
        _functionSetAttribute = (delegate* unmanaged<nint, int, int, int>)Find("cuFuncSetAttribute");
        _functionGetAttribute = (delegate* unmanaged<int*, int, nint, int>)Find("cuFuncGetAttribute");
        _launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Find("cuLaunchKernel");
    }
}

/// <summary>What can be told to or asked of a kernel (CUfunction_attribute).</summary>
internal enum CudaFunctionAttribute
{
    /// <summary>Most threads of a block.</summary>
    LargestThreads = 0,

    /// <summary>Bytes of shared memory of a block that the kernel declares.</summary>
    StaticSharedBytes = 1,

    /// <summary>Bytes of local memory of a thread: arrays, and registers that were spilled.</summary>
    LocalBytes = 3,

    /// <summary>Registers of a thread.</summary>
    RegisterCount = 4,

    /// <summary>Most dynamic shared memory that launches may ask for.</summary>
    LargestDynamicSharedBytes = 8,
}

/// <summary>Blocks of a launch.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
internal readonly record struct CudaGrid(int X, int Y = 1, int Z = 1)
{
    /// <summary>Blocks in a row for so many of something.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="perBlock">How many a block takes.</param>
    public static CudaGrid Over(long count, int perBlock) => new(BlocksOver(count, perBlock));

    /// <summary>How many blocks it takes for so many of something, where a block takes a number of them.</summary>
    public static int BlocksOver(long count, int perBlock) => checked((int)((count + perBlock - 1) / perBlock));
}
