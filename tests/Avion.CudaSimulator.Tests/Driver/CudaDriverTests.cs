using System.Runtime.InteropServices;

namespace Avion.CudaSimulator.Tests;

/// <summary>The table of the driver's functions, and the order of work on streams.</summary>
public sealed unsafe class CudaDriverTests
{
    [Fact]
    public void A_machine_without_a_driver_says_so_in_a_sentence()
    {
        Assert.False(CudaDriver.TryLoad(CudaLibrarySearch.Installed, Called("libcuda-absent.so.1"), out CudaDriver? driver, out string missing));
        Assert.Null(driver);
        Assert.StartsWith("There is no CUDA driver on this machine (libcuda-absent.so.1 cannot be opened).", missing);

        // A library that is there but is no driver: too old, in effect.
        Assert.False(CudaDriver.TryLoad(CudaLibrarySearch.Installed, Called("libc.so.6"), out _, out string old));
        Assert.Contains("has no function cuGetErrorName", old);
    }

    [Fact]
    public void A_driver_without_a_device_and_an_old_device_are_refused_in_a_sentence()
    {
        using (SimulatedDriver none = new())
        {
            Assert.Equal(0, new CudaDriver(SimulatedDriver.Find).DeviceCount);
        }

        using SimulatedGpu old = new(new SimulatedDevice(ComputeCapability: 75));
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() => new CudaDevice(old.Driver));
        Assert.Equal("Device 0, Simulated GPU 75, has compute capability 7.5; Avion needs 8.0 or later, for products of bfloat16. Run on another "
            + "device or on the processor.", refused.Message);
    }

    [Fact]
    public void An_error_has_the_drivers_name_and_text()
    {
        using SimulatedGpu gpu = new(new SimulatedDevice(MemoryBytes: 1 << 20));
        CudaDriver driver = gpu.Current();
        CudaException failure = Assert.Throws<CudaException>(() => driver.Allocate(1 << 21));
        Assert.Equal("cuMemAlloc failed: CUDA_ERROR_OUT_OF_MEMORY (2): 2097152 bytes, while 1048576 are free.", failure.Message);
        Assert.True(failure.IsOutOfMemory);
        Assert.Equal((1 << 20, 1 << 20), driver.MemoryInformation());
        Assert.Equal("cuDeviceGet", Assert.Throws<CudaException>(() => driver.Device(3)).Call);
    }

    [Fact]
    public void Work_on_a_stream_is_done_in_order_and_when_somebody_waits()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint stream = driver.CreateStream(), done = driver.CreateEvent(), memory = driver.Allocate(16);
        int* host = (int*)driver.AllocatePinned(32);
        (host[0], host[1], host[2], host[3]) = (1, 2, 3, 4);
        driver.CopyToDevice(memory, host, 16, stream);
        driver.SetWords(memory + 4, 7, 2, stream);
        driver.CopyToHost(host + 4, memory, 16, stream);
        driver.RecordEvent(done, stream);

        // Pinned memory belongs to the copy until it is done: what is written now is what is copied.
        host[0] = 100;
        while (!driver.IsDone(done))
        {
        }

        Assert.Equal([100, 7, 7, 4], new ReadOnlySpan<int>(host + 4, 4).ToArray());
        driver.FreePinned((nint)host);
        driver.Free(memory);
        driver.DestroyEvent(done);
        driver.DestroyStream(stream);
        Assert.Equal((0, 0), (gpu.Simulated.OpenHandles, gpu.Simulated.Devices[0].Memory.Count));
    }

    [Fact]
    public void Timed_events_tell_the_time_between_them_once_both_are_reached()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint stream = driver.CreateStream(), start = driver.CreateTimedEvent(), end = driver.CreateTimedEvent(), untimed = driver.CreateEvent();
        nint memory = driver.Allocate(1 << 20);
        Assert.Equal(400, Assert.Throws<CudaException>(() => driver.ElapsedSeconds(start, end)).Code);
        driver.RecordEvent(start, stream);
        driver.SetBytes(memory, 1, 1 << 20, stream);
        driver.RecordEvent(end, stream);
        driver.RecordEvent(untimed, stream);
        Assert.Equal(600, Assert.Throws<CudaException>(() => driver.ElapsedSeconds(start, end)).Code);
        driver.Synchronize(stream);
        Assert.InRange(driver.ElapsedSeconds(start, end), 1e-9, 60);
        Assert.Equal(400, Assert.Throws<CudaException>(() => driver.ElapsedSeconds(start, untimed)).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stream_sees_another_streams_work_after_its_event_alone(bool waits)
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint copies = driver.CreateStream(), compute = driver.CreateStream(), copied = driver.CreateEvent(), memory = driver.Allocate(16);
        int* host = (int*)driver.AllocatePinned(32);
        driver.CopyToDevice(memory, host, 16, copies);
        driver.RecordEvent(copied, copies);
        if (waits)
        {
            driver.WaitOnDevice(compute, copied);
        }

        driver.CopyToHost(host + 4, memory, 16, compute);
        if (waits)
        {
            driver.Synchronize(compute);
            return;
        }

        CudaException failure = Assert.Throws<CudaException>(() => driver.Synchronize(compute));
        Assert.Contains("which nobody wrote", failure.Message);
    }

    [Fact]
    public void A_captured_graph_runs_again_and_again_with_its_branches_joined()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint main = driver.CreateStream(), side = driver.CreateStream(), forked = driver.CreateEvent(), joined = driver.CreateEvent();
        nint memory = driver.Allocate(16);
        int* host = (int*)driver.AllocatePinned(16);
        driver.BeginCapture(main);
        driver.CopyToDevice(memory, host, 8, main);
        driver.RecordEvent(forked, main);
        driver.WaitOnDevice(side, forked);
        driver.CopyOnDevice(memory + 8, memory, 8, side);
        driver.RecordEvent(joined, side);
        driver.WaitOnDevice(main, joined);
        driver.SetWords(memory, 5, 2, main);
        driver.CopyToHost(host, memory, 16, main);
        nint graph = driver.EndCapture(main);
        for (int i = 1; i < 3; i++)
        {
            (host[0], host[1]) = (i, 10 * i);
            driver.LaunchGraph(graph, main);
            driver.Synchronize(main);
            Assert.Equal([5, 5, i, 10 * i], new ReadOnlySpan<int>(host, 4).ToArray());
        }

        driver.DestroyGraph(graph);
    }

    [Theory]
    [InlineData("synchronize", 900)]
    [InlineData("allocate", 900)]
    [InlineData("free", 900)]
    [InlineData("pageable", 900)]
    [InlineData("outside event", 905)]
    [InlineData("query event", 907)]
    [InlineData("unjoined", 904)]
    [InlineData("other stream", 903)]
    public void Capture_refuses_what_a_driver_refuses(string what, int code)
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint stream = driver.CreateStream(), side = driver.CreateStream(), outside = driver.CreateEvent(), inside = driver.CreateEvent();
        nint memory = driver.Allocate(16);
        int[] pageable = new int[4];
        driver.RecordEvent(outside, side);
        driver.BeginCapture(stream);
        driver.SetBytes(memory, 0, 16, stream);
        driver.RecordEvent(inside, stream);
        CudaException refused = Assert.Throws<CudaException>(() =>
        {
            switch (what)
            {
                case "synchronize": driver.Synchronize(stream); break;
                case "allocate": driver.Allocate(16); break;
                case "free": driver.Free(memory); break;
                case "pageable":
                    fixed (int* values = pageable)
                    {
                        driver.CopyToDevice(memory, values, 16, stream);
                    }

                    break;
                case "outside event": driver.WaitOnDevice(stream, outside); break;
                case "query event": driver.IsDone(inside); break;
                case "other stream":
                    driver.WaitOnDevice(side, inside);
                    driver.EndCapture(side);
                    break;
                default:
                    driver.WaitOnDevice(side, inside);
                    driver.SetBytes(memory, 1, 16, side);
                    driver.EndCapture(stream);
                    break;
            }
        });
        Assert.Equal(code, refused.Code);
        if (code is 900 or 905 or 907)
        {
            // The capture is broken: nothing can be added, and its end says so.
            Assert.Equal(901, Assert.Throws<CudaException>(() => driver.SetBytes(memory, 0, 16, stream)).Code);
            Assert.Equal(901, Assert.Throws<CudaException>(() => driver.EndCapture(stream)).Code);
        }
    }

    [Fact]
    public void PTX_that_does_not_compile_is_told_with_the_drivers_log()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        CudaException failure = Assert.Throws<CudaException>(() => driver.LoadModule(Simulation.Text("Planted.ptx").Replace("add.s64", "addd.s64")));
        Assert.Contains("the simulator does not know addd", failure.Message);
    }

    [Fact]
    public void The_drivers_log_tells_registers_of_every_kernel()
    {
        using SimulatedGpu gpu = new();
        string text = Simulation.Text("Planted.ptx");
        gpu.Current().LoadModule(text, out string log);
        Assert.Equal(PtxModule.Read(text).KernelNames.Count(), log.Split("bytes spill stores").Length - 1);
        Assert.Matches("Compiling entry function 'write_past_shared' for 'sm_80'", log);
    }

    [Fact]
    public void A_kernel_that_fails_is_an_error_of_the_call_that_waits_and_of_all_behind_it()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint module = driver.LoadModule(Simulation.Text("Planted.ptx")), stream = driver.CreateStream();
        nint function = driver.Function(module, "exchange_without_barrier"), memory = driver.Allocate(512);
        driver.SetBytes(memory, 0, 256, stream);
        ulong* values = stackalloc ulong[] { (ulong)memory, (ulong)memory + 256 };
        void** parameters = stackalloc void*[] { values, values + 1 };
        driver.Launch(function, "exchange_without_barrier", new CudaGrid(1), 64, 0, stream, parameters);
        CudaException first = Assert.Throws<CudaException>(() => driver.Synchronize(stream));
        Assert.Equal(719, first.Code);
        Assert.Contains("Kernel exchange_without_barrier, line ", first.Message);

        // What fails behind it tells of it, and what is given back is no second error.
        Assert.Equal(first.Message, Assert.Throws<CudaException>(() => driver.Allocate(16)).Message);
        driver.Free(memory);
        driver.UnloadModule(module);
        driver.DestroyStream(stream);
    }

    [Fact]
    public void A_device_that_a_kernel_took_away_is_closed_without_a_second_error()
    {
        using SimulatedGpu gpu = new();
        using CudaDevice device = new(gpu.Driver);
        nint never = device.AllocateMemory(64);
        using LateScalars late = new(device, 1);
        CudaException first = Assert.Throws<CudaException>(() =>
        {
            Add.Accumulate(device, Tensor.Wrap(never, new Shape(16), ElementType.Float32), Tensor.Wrap(never + 4096, new Shape(16), ElementType.Float32));
            device.Synchronize();
        });
        Assert.True(first.LosesDevice);
        Assert.Same(first, Assert.Throws<CudaException>(device.Synchronize));
    }

    [Fact]
    public void More_shared_memory_than_48_KB_needs_the_kernels_attribute()
    {
        using SimulatedGpu gpu = new();
        CudaDriver driver = gpu.Current();
        nint module = driver.LoadModule(Simulation.Text("Planted.ptx")), stream = driver.CreateStream();
        nint function = driver.Function(module, "write_past_shared"), memory = driver.Allocate(512);
        driver.SetBytes(memory, 0, 512, stream);
        ulong* values = stackalloc ulong[] { (ulong)memory, (ulong)memory + 256 };
        void** parameters = stackalloc void*[] { values, values + 1 };
        nint pinned = (nint)parameters;
        CudaException refused = Assert.Throws<CudaException>(
            () => driver.Launch(function, "write_past_shared", new CudaGrid(1), 64, 64 * 1024, stream, (void**)pinned));
        Assert.Contains("cuLaunchKernel of write_past_shared, 1 × 1 × 1 blocks of 64 threads failed", refused.Message);
        Assert.Contains("set the kernel's attribute", refused.Message);
        driver.SetAttribute(function, CudaFunctionAttribute.LargestDynamicSharedBytes, 64 * 1024);
        driver.Launch(function, "write_past_shared", new CudaGrid(1), 64, 64 * 1024, stream, parameters);
        driver.Synchronize(stream);
        Assert.InRange(driver.Attribute(function, CudaFunctionAttribute.RegisterCount), 2, 20);
        Assert.Equal(0, driver.Attribute(function, CudaFunctionAttribute.LocalBytes));
        Assert.Throws<CudaException>(() => driver.SetAttribute(function, CudaFunctionAttribute.LargestDynamicSharedBytes, 200_000));
        Assert.Throws<CudaException>(() => driver.Function(module, "absent"));
        driver.UnloadModule(module);
    }

    [Fact]
    public void Functions_of_the_table_that_a_driver_lacks_are_named()
    {
        EntryPointNotFoundException lacking = Assert.Throws<EntryPointNotFoundException>(
            () => new CudaDriver(name => name == "cuGraphLaunch" ? 0 : Marshal.GetFunctionPointerForDelegate(s_unused)));
        Assert.Contains("no function cuGraphLaunch: it is older than CUDA 11.4", lacking.Message);
    }

    private static CudaLibrary Called(string file) => CudaLibrary.Driver with { Files = [file] };

    private static readonly Action s_unused = () => { };
}
