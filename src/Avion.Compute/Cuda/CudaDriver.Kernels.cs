using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <content>Modules and launches of kernels.</content>
public sealed unsafe partial class CudaDriver
{
    private const int LogBytes = 16 * 1024;
    private const int OptionErrorLog = 5, OptionErrorLogBytes = 6;

    private delegate* unmanaged<nint*, void*, uint, int*, void**, int> _moduleLoad;
    private delegate* unmanaged<nint, int> _moduleUnload;
    private delegate* unmanaged<nint*, nint, byte*, int> _moduleGetFunction;
    private delegate* unmanaged<nint, int, int, int> _functionSetAttribute;
    private delegate* unmanaged<int*, int, nint, int> _functionGetAttribute;
    private delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> _launch;

    /// <summary>Compiles PTX for the current device.</summary>
    /// <exception cref="CudaException">The driver does not take it; its log is in the message.</exception>
    internal nint LoadModule(string ptx)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes(ptx), 0];
        byte* log = stackalloc byte[LogBytes];
        log[0] = 0;
        int* options = stackalloc int[] { OptionErrorLog, OptionErrorLogBytes };
        void** values = stackalloc void*[] { log, (void*)LogBytes };
        nint module;
        fixed (byte* source = text)
        {
            int result = _moduleLoad(&module, source, 2, options, values);
            Check(result, result == CudaCodes.Success ? "" : $"cuModuleLoadDataEx: {Marshal.PtrToStringUTF8((nint)log)?.Trim()}");
        }

        return module;
    }

    internal void UnloadModule(nint module) => Check(_moduleUnload(module), "cuModuleUnload");

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

    internal void Launch(nint function, CudaGrid grid, int threads, int sharedBytes, nint stream, void** parameters) =>
        Check(_launch(function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)threads, 1, 1, (uint)sharedBytes, stream, parameters, null),
            "cuLaunchKernel");

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
    /// <summary>Bytes of local memory of a thread.</summary>
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
internal readonly record struct CudaGrid(int X, int Y = 1, int Z = 1);
